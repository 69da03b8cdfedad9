/** What Muntra measures of itself, as a page in the text format of Prometheus. docs/metrics.md tells each. */
import { DROP_REASONS, type Drops } from '../contract/site.ts';
import type { SystemAnswer } from '../contract/system.ts';
import { type Histogram, type Meters, QUERY_BUCKETS } from './meters.ts';

/** Labels and value; values that are not known are left out. */
type Sample = [labels: Record<string, string | number>, value: number | null | undefined, suffix?: string];

interface Metric {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  samples: Sample[];
}

export interface Figures {
  system: SystemAnswer;
  /** Turned away since the start. */
  drops: Drops;
  meters: Meters;
  /** Of the process, seconds. */
  cpu: number;
}

export function metricsPage(figures: Figures): string {
  return [...eventMetrics(figures), ...storageMetrics(figures), ...processMetrics(figures)].map(text).join('');
}

function eventMetrics({ drops, meters }: Figures): Metric[] {
  const outcomes: Sample[] = DROP_REASONS.map(reason => [{ outcome: reason }, drops[reason] ?? 0]);
  return [
    {
      name: 'muntra_events_total',
      type: 'counter',
      help: 'Events by what became of them since the start.',
      samples: [[{ outcome: 'kept' }, meters.kept], ...outcomes],
    },
    {
      name: 'muntra_query_seconds',
      type: 'histogram',
      help: 'Seconds that a question to the API took.',
      samples: [...meters.queries].flatMap(([question, histogram]) => histogramSamples({ question }, histogram)),
    },
  ];
}

function storageMetrics({ system: { state, buffer, lastFlush, rollup } }: Figures): Metric[] {
  const up = (part: 'up' | 'down' | undefined): number | undefined => part && Number(part === 'up');
  return [
    gauge('muntra_store_up', 'Whether PostgreSQL answers.', up(state.store)),
    gauge('muntra_buffer_up', 'Whether events can be kept.', up(state.buffer)),
    gauge('muntra_redis_up', 'Whether Redis takes events.', up(state.redis)),
    gauge('muntra_buffer_events', 'Events that wait to be stored.', buffer.events),
    gauge('muntra_buffer_bytes', 'Bytes of the events that wait.', buffer.bytes),
    gauge('muntra_flush_last_timestamp_seconds', 'When the last flush came through.', seconds(lastFlush?.at)),
    gauge('muntra_flush_last_seconds', 'How long it took.', lastFlush?.seconds),
    gauge('muntra_flush_last_events', 'How many events it stored.', lastFlush?.events),
    gauge('muntra_rollup_waiting_days', 'Days of sites that wait to be rolled up.', rollup.waiting),
    gauge('muntra_rollup_last_timestamp_seconds', 'When the last rollup came through.', seconds(rollup.last?.at)),
    gauge('muntra_rollup_last_seconds', 'How long it took.', rollup.last?.seconds),
  ];
}

function processMetrics({ system: { version, started, memory }, cpu }: Figures): Metric[] {
  return [
    { name: 'muntra_build_info', type: 'gauge', help: 'The version.', samples: [[{ version }, 1]] },
    gauge('process_start_time_seconds', 'When the process started.', seconds(started)),
    gauge('process_resident_memory_bytes', 'Memory of the process.', memory.rss),
    gauge('nodejs_heap_size_used_bytes', 'Memory that its objects take.', memory.heapUsed),
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'Seconds of a processor that it took.',
      samples: [[{}, cpu]],
    },
  ];
}

const seconds = (milliseconds: number | undefined): number | undefined => milliseconds && milliseconds / 1000;

const gauge = (name: string, help: string, value: number | null | undefined): Metric => ({
  name,
  type: 'gauge',
  help,
  samples: [[{}, value]],
});

/** Each bucket counts those before it too. */
function histogramSamples(labels: Record<string, string>, { counts, count, sum }: Histogram): Sample[] {
  let below = 0;
  const buckets = QUERY_BUCKETS.map((le, i): Sample => {
    below += counts[i] ?? 0;
    return [{ ...labels, le }, below, '_bucket'];
  });
  return [...buckets, [{ ...labels, le: '+Inf' }, count, '_bucket'], [labels, sum, '_sum'], [labels, count, '_count']];
}

function text({ name, type, help, samples }: Metric): string {
  const lines = samples.flatMap(([labels, value, suffix = '']) =>
    value === null || value === undefined ? [] : [`${name}${suffix}${labelText(labels)} ${value}\n`],
  );
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** None of the values comes from outside, so none needs an escape. */
function labelText(labels: Sample[0]): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
