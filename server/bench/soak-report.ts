/** What a soak shows: a dozen of its samples as a table for docs, and whether anything grew or got slower. */
import type { Sample, SoakReport } from './soak.ts';
import { median, trendOf } from './trend.ts';

const MB = 2 ** 20;
const ROWS = 12;
/** Share of the time after which a server has met all that it remembers. */
const WARM = 1 / 6;
/** MB an hour that are no growth, whatever their error. */
const FLAT = 1;
/** How much slower the end may be than the beginning: twice as much has been seen of the same server on a shared machine. */
const SLOWER = 2;

const COLUMNS: [string, (sample: Sample) => string][] = [
  ['minute', ({ seconds }) => (seconds / 60).toFixed(seconds % 60 === 0 ? 0 : 1)],
  ['events/s', ({ load }) => (load.requests / load.seconds).toFixed(0)],
  ['p50, p99 ms', ({ load }) => `${load.p50.toFixed(1)}, ${load.p99.toFixed(1)}`],
  ['questions', ({ questions }) => String(questions.length)],
  ['p50, p99 ms', ({ questions }) => `${at(questions, 0.5).toFixed(0)}, ${at(questions, 0.99).toFixed(0)}`],
  ['processors', ({ cpu, load }) => `${cores(cpu.muntra, load.seconds)} + ${cores(cpu.postgres, load.seconds)}`],
  ['RSS MB', ({ rss }) => (rss / MB).toFixed(1)],
  ['private MB', ({ private: own }) => (own / MB).toFixed(1)],
  ['PostgreSQL MB', ({ postgres }) => (postgres / MB).toFixed(0)],
  ['handles', ({ handles }) => String(handles)],
  ['waiting', ({ waiting, flushed }) => `${waiting}, ${flushed.toFixed(1)} s`],
];

export function soakTable({ mode, peak, rate, samples }: SoakReport): string {
  const each = Math.ceil(samples.length / ROWS);
  const shown = samples.filter((_, i) => (i + 1) % each === 0);
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `${mode} mode: ${rate} events/s; at most it took ${peak.toFixed(0)}`,
    '',
    line(COLUMNS.map(([name]) => name)),
    `|${'---|'.repeat(COLUMNS.length)}`,
    ...shown.map(sample => line(COLUMNS.map(([, cell]) => cell(sample)))),
    '',
    ...verdicts(samples),
    '',
  ].join('\n');
}

function verdicts(samples: Sample[]): string[] {
  const warm = samples.slice(Math.ceil(samples.length * WARM));
  const quarter = Math.ceil(warm.length / 4);
  const [first, last] = [warm.slice(0, quarter), warm.slice(-quarter)];
  const both = (figure: (part: Sample[]) => number): [number, number] => [figure(first), figure(last)];

  const { slope, error } = trendOf(warm.map(({ seconds, rss }) => ({ x: seconds / 3600, y: rss / MB })));
  const flat = slope < Math.max(2 * error, FLAT);
  const handles = both(part => Math.max(...part.map(sample => sample.handles)));
  const p99 = both(part => median(part.map(({ load }) => load.p99)));
  const worst = Math.max(...warm.map(({ load }) => load.p99));
  const refused = samples.reduce((sum, { load }) => sum + load.refused, 0);
  const sent = samples.reduce((sum, { load }) => sum + load.requests, 0);
  return [
    `After the first ${warm[0] ? Math.round((warm[0].seconds / 60) * 10) / 10 : 0} minutes, the last quarter against the first:`,
    `- RSS: ${slope.toFixed(2)} MB an hour, standard error ${error.toFixed(2)}: ${flat ? 'flat' : 'GROWS'}`,
    `- handles: ${handles.join(' -> ')} at most: ${handles[1] <= handles[0] ? 'none leaked' : 'MORE'}`,
    `- p99 of /collect: ${p99.map(ms => ms.toFixed(1)).join(' -> ')} ms, the worst minute ${worst.toFixed(1)} ms: ${p99[1] <= p99[0] * SLOWER ? 'steady' : 'SLOWER'}`,
    `- refused: ${refused} of ${sent}`,
  ];
}

const cores = (milliseconds: number, seconds: number): string => (milliseconds / 1000 / seconds).toFixed(2);

/** Of ascending values. */
const at = (sorted: number[], share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
