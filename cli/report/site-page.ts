/** A report about one site, drawn for a terminal: headline, figures, chart, then the lists, side by side where they fit. */
import type { BreakdownAnswer, Drops, StatsAnswer } from '../../server/contract.ts';
import { chart } from '../output/chart.ts';
import { bucketLabels, count } from '../output/format.ts';
import { beside, type Line } from '../output/line.ts';
import type { Terminal } from '../output/terminal.ts';
import { figures } from './change.ts';
import { headline } from './headline.ts';
import { list } from './list.ts';
import type { SiteReport } from './site-report.ts';

const CHART_ROWS = 6;
const GUTTER = 4;

/** `title` names the period; `compare` adds the figures of the period before. */
export function sitePage(report: SiteReport, title: string, compare: boolean, terminal: Terminal): Line[] {
  const { stats, timeseries, timezone, breakdowns, drops, active } = report;
  const label = bucketLabels(timeseries.unit, timezone);
  const points = timeseries.points.map(({ x, visitors }) => ({ label: label(x), value: visitors }));
  const { url, ...rest } = breakdowns;
  const subject = { ...report, site: { id: report.site, timezone }, title };
  return [
    ...withActive(headline(subject), active, terminal),
    [],
    ...figureBlock(stats, compare, terminal),
    [],
    ...chart(`Visitors by ${timeseries.unit}`, points, CHART_ROWS, terminal),
    ...pages(url, terminal),
    ...sideBySide(rest, terminal),
    ...turnedAway(drops),
  ];
}

/** Who is there now, at the right of the first line. */
function withActive([first = [], ...more]: Line[], active: number, { columns, unicode }: Terminal): Line[] {
  const text = `${unicode ? '● ' : ''}${count(active)} now`;
  const now: Line = [{ text, style: active > 0 ? 'good' : 'faint' }];
  return [...beside([first], [now], columns - text.length), ...more];
}

/** Each figure above its change, in columns of equal width. */
function figureBlock(stats: StatsAnswer, compare: boolean, { columns, unicode }: Terminal): Line[] {
  const all = figures(stats, unicode);
  const width = Math.floor(columns / all.length);
  const blocks = all.map(({ title, value, previous, change }): Line[] => [
    [{ text: title, style: 'faint' }],
    [{ text: value, style: 'strong' }],
    [change],
    ...(compare ? [[{ text: `was ${previous}`, style: 'faint' as const }]] : []),
  ]);
  return blocks.reduce((left, right, i) => beside(left, right, i * width));
}

function pages(rows: BreakdownAnswer, terminal: Terminal): Line[] {
  if (rows.length === 0) return [[], [{ text: 'Nothing was counted in this time.', style: 'faint' }]];
  return [[], ...list('url', rows, terminal)];
}

function sideBySide(lists: Record<string, BreakdownAnswer>, terminal: Terminal): Line[] {
  const width = Math.floor((terminal.columns - GUTTER) / 2);
  const blocks = Object.entries(lists)
    .filter(([, rows]) => rows.length > 0)
    .map(([by, rows]) => list(by, rows, { ...terminal, columns: width }));
  return blocks.flatMap((block, i) => (i % 2 === 0 ? [[], ...beside(block, blocks[i + 1] ?? [], width + GUTTER)] : []));
}

function turnedAway(drops: Drops): Line[] {
  const reasons = Object.entries(drops).map(([reason, events]) => `${count(events)} ${reason.replace('_', ' ')}`);
  return reasons.length === 0 ? [] : [[], [{ text: `Turned away: ${reasons.join(', ')}`, style: 'faint' }]];
}
