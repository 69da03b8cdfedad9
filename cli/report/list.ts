/** A list of a report: names, figures, and bars relative to the first row, the largest. */
import type { BreakdownAnswer } from '../../server/contract.ts';
import { bar } from '../output/bar.ts';
import { count, countryName } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import { type Cell, type Column, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { growth } from './change.ts';

/** Below this width a list shows events only. */
const WIDE = 60;

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
    ...column(before !== undefined, ''),
    { title: ' '.repeat(barWidth), style: 'bar' },
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
