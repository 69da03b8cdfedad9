/**
 * Columns that fit a width. Cells may hold any text: it is escaped before it is measured, so that a row stays in line
 * whatever it shows. Where a table is too wide its `flexible` column gives way.
 */
import type { Style } from './color.ts';
import { printable } from './escape.ts';
import type { Line, Span } from './line.ts';
import type { Terminal } from './terminal.ts';
import { cut, pad, widthOf } from './width.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  style?: Style;
  /** Gives way when the table is too wide, cut in the middle; at most one. */
  flexible?: boolean;
}

export type Cell = string | Span;

const GAP = 2;
const MIN_FLEXIBLE = 8;

/** A line of titles and a line for each row. With `fill` the flexible column also takes up what is left of the width. */
export function table(columns: Column[], rows: Cell[][], terminal: Terminal, options: { fill?: boolean } = {}): Line[] {
  const { columns: width, unicode } = terminal;
  const safe = rows.map(row =>
    columns.map((column, i): Span => {
      const cell = row[i] ?? '';
      const { text, style }: Span = typeof cell === 'string' ? { text: cell } : cell;
      return { text: printable(text, unicode), style: style ?? column.style };
    }),
  );
  const titles = columns.map(({ title }): Span => ({ text: title, style: 'faint' }));
  const widths = fit(columns, [titles, ...safe], width, options.fill ?? false);
  const mark = unicode ? '…' : '...';
  return [titles, ...safe].map(row =>
    row.flatMap(({ text, style }, i): Line => {
      const [cells = 0, { align } = {}] = [widths[i], columns[i]];
      const gap = i === 0 ? [] : [{ text: ' '.repeat(GAP) }];
      return [...gap, { text: pad(cut(text, cells, 'middle', mark), cells, align), style }];
    }),
  );
}

function fit(columns: Column[], rows: Span[][], width: number, fill: boolean): number[] {
  const natural = columns.map((_, i) => Math.max(...rows.map(row => widthOf(row[i]?.text ?? ''))));
  const left = width - natural.reduce((sum, cells) => sum + cells, GAP * (columns.length - 1));
  return natural.map((cells, i) => {
    if (!columns[i]?.flexible || (left > 0 && !fill)) return cells;
    return Math.max(cells + left, MIN_FLEXIBLE);
  });
}
