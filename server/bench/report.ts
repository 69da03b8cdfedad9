/** Figures as a table, each beside the target of the design. */
import type { IngestReport } from './ingest.ts';

interface Row {
  what: string;
  figure: string;
  target?: string;
  met?: boolean;
}

const MB = 2 ** 20;

export function ingestTable(report: IngestReport): string {
  const { mode, bare, muntra, shares, cpu, memory, flush, disk } = report;
  const share = shares[shares.length >> 1] ?? 0;
  const cpuAll = cpu.muntra + cpu.redis + cpu.postgres;
  const flushRate = flush.events / flush.seconds;
  const series = memory.samples.map(({ rss }) => Math.round(rss / MB));
  const rows: Row[] = [
    { what: 'bare node:http', figure: load(bare) },
    { what: '/collect', figure: load(muntra) },
    { what: '/collect, share of bare', ...atLeast(share * 100, 50, '%') },
    { what: 'in turns', figure: shares.map(one => `${(one * 100).toFixed(0)} %`).join(' ') },
    { what: 'CPU per event, muntra', figure: `${cpu.muntra.toFixed(3)} ms` },
    { what: 'CPU per event, Redis', figure: `${cpu.redis.toFixed(3)} ms` },
    { what: 'CPU per event, PostgreSQL', figure: `${cpu.postgres.toFixed(3)} ms` },
    { what: 'CPU per event, all', ...atMost(cpuAll, 0.2, 'ms', 3) },
    { what: 'RSS of bare node:http, peak', figure: `${(report.bareMemory.peak / MB).toFixed(1)} MB` },
    { what: 'RSS of muntra, peak', ...atMost(memory.peakRss / MB, 90, 'MB') },
    { what: 'private memory of muntra, peak', ...atMost(memory.peakPrivate / MB, 40, 'MB') },
    {
      what: 'muntra and PostgreSQL, peak',
      ...(mode === 'embedded' ? atMost : plain)(memory.peakAppliance / MB, 140, 'MB'),
    },
    { what: `flush of ${flush.events} from a full buffer`, ...atLeast(flushRate, 40_000, 'events/s', 0) },
    { what: 'disk per event, table', figure: `${disk.table.toFixed(0)} B` },
    { what: 'disk per event, indexes', figure: `${disk.indexes.toFixed(0)} B` },
    { what: 'disk per event, all', ...atMost(disk.table + disk.indexes, 300, 'B', 0) },
  ];
  return [`${mode} mode`, ...rows.map(line), `  RSS every 10 s, MB: ${series.join(' ')}`, ''].join('\n');
}

function load({ requests, seconds, refused, p50, p99 }: IngestReport['bare']): string {
  const rate = `${(requests / seconds).toFixed(0)} requests/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
  return refused === 0 ? rate : `${rate}, ${refused} REFUSED`;
}

function line({ what, figure, target = '', met }: Row): string {
  const verdict = met === undefined ? '' : met ? 'met' : 'MISSED';
  return `  ${what.padEnd(40)} ${figure.padStart(16)}  ${target.padEnd(18)} ${verdict}`.trimEnd();
}

type Judged = Pick<Row, 'figure' | 'target' | 'met'>;

function atMost(value: number, limit: number, unit: string, digits = 1): Judged {
  return { figure: `${value.toFixed(digits)} ${unit}`, target: `<= ${limit} ${unit}`, met: value <= limit };
}

function atLeast(value: number, limit: number, unit: string, digits = 1): Judged {
  return { figure: `${value.toFixed(digits)} ${unit}`, target: `>= ${limit} ${unit}`, met: value >= limit };
}

function plain(value: number, _limit: number, unit: string): Judged {
  return { figure: `${value.toFixed(1)} ${unit}` };
}
