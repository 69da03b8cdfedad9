/** A list of a report: names, figures, and bars relative to the first row, the largest. */
import type { BreakdownAnswer } from '../../server/contract/stats.ts';
import { bar } from '../output/bar.ts';
import { beside } from '../output/beside.ts';
import { count, countryName } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import { type Cell, type Column, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { growth } from './change.ts';

/** Below this width a list shows events only. */
const WIDE = 60;
/** From this width on there are two lists beside each other. */
const TWO = 70;
const GUTTER = 4;

const TITLES: Record<string, string> = {
  url: 'Pages',
  referrer: 'Referrers',
  country: 'Countries',
  browser: 'Browsers',
  os: 'Systems',
  device: 'Devices',
  entry: 'Entry pages',
  exit: 'Exit pages',
  event: 'Custom events',
};

/** `by` as the API names it. With `before`, the rows of the period before, each row also shows what it was then. */
export function list(by: string, rows: BreakdownAnswer, terminal: Terminal, before?: BreakdownAnswer): Line[] {
  const { columns: width, unicode } = terminal;
  const wide = width >= WIDE;
  const barWidth = Math.floor(width / 5);
  const top = rows[0]?.y ?? 1;
  const was = new Map(before?.map(({ x, y }) => [x, y]));
  const columns: Column[] = [
    { title: { text: TITLES[by] ?? by, style: 'strong' }, flexible: true },
    ...column(wide, 'Visitors'),
    ...column(true, by === 'entry' || by === 'exit' ? 'Visits' : 'Events'),
    ...column(before !== undefined, 'Before'),
    ...(before ? [{ title: '', leaves: 2 }] : []),
    { title: ' '.repeat(barWidth), style: 'bar', leaves: 1 },
  ];
  const cells = rows.map(({ x, y, visitors }): Cell[] => [
    by === 'country' ? countryName(x) : x,
    ...(wide ? [count(visitors)] : []),
    count(y),
    ...(before ? [count(was.get(x) ?? 0), growth({ value: y, prev: was.get(x) ?? 0 }, unicode)] : []),
    bar(y / top, barWidth, unicode),
  ]);
  return table(columns, cells, terminal, { fill: true });
}

const column = (shown: boolean, title: string): Column[] => (shown ? [{ title, align: 'right' }] : []);

/** Lists by dimension, each after an empty line, side by side where they fit; empty ones are left out. */
export function lists(byDimension: Record<string, BreakdownAnswer>, terminal: Terminal): Line[] {
  const filled = Object.entries(byDimension).filter(([, rows]) => rows.length > 0);
  return sideBySide(
    filled.map(
      ([by, rows]) =>
        narrow =>
          list(by, rows, narrow),
    ),
    terminal,
  );
}

/** Blocks, each after an empty line, two beside each other where they fit. */
export function sideBySide(draw: ((narrow: Terminal) => Line[])[], terminal: Terminal): Line[] {
  const inRow = terminal.columns < TWO ? 1 : 2;
  const width = Math.floor((terminal.columns - GUTTER * (inRow - 1)) / inRow);
  const blocks = draw.map(block => block({ ...terminal, columns: width }));
  return inRows(blocks, inRow).flatMap(([left = [], right = []]) => [[], ...beside(left, right, width + GUTTER)]);
}

/** `[a, b, c]` in rows of 2 -> `[[a, b], [c]]`. */
export function inRows<T>(items: T[], inRow: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / inRow) }, (_, i) => items.slice(i * inRow, (i + 1) * inRow));
}
