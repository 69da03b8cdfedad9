/** A report about one site, drawn for a terminal: headline, figures, chart, then the lists, side by side where they fit. */
import type { Drops } from '../../server/contract/site.ts';
import type { StatsAnswer } from '../../server/contract/stats.ts';
import { beside } from '../output/beside.ts';
import { chart } from '../output/chart.ts';
import { bucketLabels, count } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import type { Terminal } from '../output/terminal.ts';
import { figures } from './change.ts';
import { dropsText } from './drops.ts';
import { headline } from './headline.ts';
import { inRows, list, lists } from './list.ts';
import type { SiteReport } from './site-report.ts';

const CHART_ROWS = 6;
const FIGURE_CELLS = 14;
const NOTHING: Line = [{ text: 'Nothing was counted in this time.' }];

/** `title` names the period; `compare` adds the figures of the period before. */
export function sitePage(report: SiteReport, title: string, compare: boolean, terminal: Terminal): Line[] {
  const { site: id, timezone, stats, breakdowns, drops, active } = report;
  const { url, ...rest } = breakdowns;
  return [
    ...withActive(headline({ ...report, site: { id, timezone }, title }), active, terminal),
    [],
    ...figureBlock(stats, compare, terminal),
    [],
    ...(url.length === 0 ? [NOTHING] : [...visitorChart(report, terminal), [], ...list('url', url, terminal)]),
    ...lists(rest, terminal),
    ...turnedAway(drops),
  ];
}

/** Who is there now, at the right of the first line. */
function withActive([first = [], ...more]: Line[], active: number, { columns, unicode }: Terminal): Line[] {
  const text = `${unicode ? '● ' : ''}${count(active)} now`;
  const now: Line = [{ text, style: active > 0 ? 'good' : 'faint' }];
  return [...beside([first], [now], columns - text.length), ...more];
}

/** Each figure above its change, in columns of equal width, in as many rows as it takes. */
function figureBlock(stats: StatsAnswer, compare: boolean, { columns, unicode }: Terminal): Line[] {
  const all = figures(stats, unicode);
  const anyChange = all.some(({ change }) => change.text !== '');
  const blocks = all.map(({ title, value, previous, change }): Line[] => [
    [{ text: title, style: 'faint' }],
    [{ text: value, style: 'strong' }],
    ...(anyChange ? [[change]] : []),
    ...(compare ? [[{ text: `was ${previous}`, style: 'faint' as const }]] : []),
  ]);
  const inRow = Math.min(Math.floor(columns / FIGURE_CELLS), blocks.length);
  const width = Math.floor(columns / inRow);
  return inRows(blocks, inRow).flatMap((row, i) => {
    const lines = row.reduce((left, right, at) => beside(left, right, at * width));
    return i === 0 ? lines : [[], ...lines];
  });
}

function visitorChart({ timeseries: { unit, points }, timezone }: SiteReport, terminal: Terminal): Line[] {
  const label = bucketLabels(unit, timezone);
  const bars = points.map(({ x, visitors }) => ({ label: label(x), value: visitors }));
  return chart(`Visitors by ${unit}`, bars, CHART_ROWS, terminal);
}

function turnedAway(drops: Drops): Line[] {
  const text = dropsText(drops);
  return text === '' ? [] : [[], [{ text: `Turned away: ${text}`, style: 'faint' }]];
}
