/**
 * Columns that fit a width. Cells may hold any text: it is escaped before it is measured, so that a row stays in line
 * whatever it shows. Where a table is too wide its flexible columns are cut; where they would become too short, the least
 * important columns leave it; where even that is not enough, each row becomes a block of lines, one for each column.
 */
import type { Style } from './color.ts';
import { printable } from './escape.ts';
import { field } from './field.ts';
import type { Line, Span } from './line.ts';
import type { Terminal } from './terminal.ts';
import { cut, pad, widthOf } from './width.ts';

export type Cell = string | Span;

export interface Column {
  title: Cell;
  align?: 'left' | 'right';
  style?: Style;
  /** Is cut in the middle when the table is too wide, the widest first. */
  flexible?: boolean;
  /** Cells to which it is cut at most. */
  least?: number;
  /** Leaves a table in which not all columns fit, 1 first; without it a column stays. */
  leaves?: number;
}

/** A column with its title and its cells, and the width that they take. */
interface Drawn extends Column {
  cells: Span[];
  width: number;
}

const GAP = 2;
const LEAST = 12;

/** A line of titles and a line for each row. With `fill` the first flexible column also takes up what is left of the width. */
export function table(columns: Column[], rows: Cell[][], terminal: Terminal, options: { fill?: boolean } = {}): Line[] {
  const { columns: width, unicode } = terminal;
  const mark = unicode ? '…' : '...';
  const all = columns.map((column, i) => draw(column, [column.title, ...rows.map(row => row[i] ?? '')], unicode));
  const kept = withoutLeavers(all, width);
  if (totalWidth(kept, leastWidth) > width) return stack(all, width, mark);
  const shown = fit(kept, width, options.fill ?? false);
  return Array.from({ length: rows.length + 1 }, (_, row) =>
    shown.flatMap(({ cells, width, align }, i): Line => {
      const { text, style } = cells[row] ?? { text: '' };
      const gap = i === 0 ? [] : [{ text: ' '.repeat(GAP) }];
      return [...gap, { text: pad(cut(text, width, 'middle', mark), width, align), style }];
    }),
  );
}

function draw(column: Column, [title = '', ...rest]: Cell[], unicode: boolean): Drawn {
  const span = (cell: Cell, style: Style | undefined): Span => {
    const given = typeof cell === 'string' ? { text: cell } : cell;
    return { text: printable(given.text, unicode), style: given.style ?? style };
  };
  const cells = [span(title, 'faint'), ...rest.map(cell => span(cell, column.style))];
  return { ...column, cells, width: Math.max(...cells.map(({ text }) => widthOf(text))) };
}

const leastWidth = ({ flexible, least = LEAST, width }: Drawn): number => (flexible ? Math.min(least, width) : width);

const totalWidth = (columns: Drawn[], widthOfOne: (column: Drawn) => number): number =>
  columns.reduce((sum, column) => sum + widthOfOne(column), GAP * (columns.length - 1));

/** Those of one number leave together. */
function withoutLeavers(columns: Drawn[], width: number): Drawn[] {
  const next = Math.min(...columns.map(({ leaves = Number.POSITIVE_INFINITY }) => leaves));
  if (next === Number.POSITIVE_INFINITY || totalWidth(columns, leastWidth) <= width) return columns;
  return withoutLeavers(
    columns.filter(({ leaves }) => leaves !== next),
    width,
  );
}

function fit(columns: Drawn[], width: number, fill: boolean): Drawn[] {
  const fitted = columns.map(column => ({ ...column }));
  const left = width - totalWidth(fitted, column => column.width);
  const first = fitted.find(({ flexible }) => flexible);
  if (first && fill && left > 0) first.width += left;
  for (let over = -left; over > 0; over--) {
    const cuttable = fitted.filter(column => column.width > leastWidth(column));
    const [widest] = cuttable.sort((a, b) => b.width - a.width);
    if (widest) widest.width--;
  }
  return fitted;
}

/** All columns that have a title, below each other, what is long in several lines; an empty line between rows. */
function stack(columns: Drawn[], width: number, mark: string): Line[] {
  const named = columns.flatMap(({ cells: [title, ...cells] }) => (title?.text.trim() ? [{ title, cells }] : []));
  const titleWidth = Math.min(Math.max(...named.map(({ title }) => widthOf(title.text))), width - GAP - LEAST);
  const block = (row: number): Line[] =>
    named.flatMap(({ title, cells }) =>
      field(cut(title.text, titleWidth, 'middle', mark), cells[row] ?? { text: '' }, titleWidth + GAP, width),
    );
  const rows = Array.from(named[0]?.cells ?? [], (_, row) => block(row));
  return rows.flatMap((lines, i) => (i === 0 ? lines : [[], ...lines]));
}
