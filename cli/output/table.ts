/**
 * Columns that fit a width. Cells may hold any text: it is escaped before it is measured, so that a row stays in line
 * whatever it shows. Where a table is too wide its `flexible` column gives way.
 */
import type { Style } from './color.ts';
import { printable } from './escape.ts';
import type { Line, Span } from './line.ts';
import type { Terminal } from './terminal.ts';
import { cut, pad, widthOf } from './width.ts';

export type Cell = string | Span;

export interface Column {
  title: Cell;
  align?: 'left' | 'right';
  style?: Style;
  /** Gives way when the table is too wide, cut in the middle; at most one. */
  flexible?: boolean;
}

const GAP = 2;
const MIN_FLEXIBLE = 8;

/** A line of titles and a line for each row. With `fill` the flexible column also takes up what is left of the width. */
export function table(columns: Column[], rows: Cell[][], terminal: Terminal, options: { fill?: boolean } = {}): Line[] {
  const { columns: width, unicode } = terminal;
  const span = (cell: Cell, style: Style | undefined): Span => {
    const given = typeof cell === 'string' ? { text: cell } : cell;
    return { text: printable(given.text, unicode), style: given.style ?? style };
  };
  const lines = [
    columns.map(({ title }) => span(title, 'faint')),
    ...rows.map(row => columns.map(({ style }, i) => span(row[i] ?? '', style))),
  ];
  const widths = fit(columns, lines, width, options.fill ?? false);
  const mark = unicode ? '…' : '...';
  return lines.map(line =>
    line.flatMap(({ text, style }, i): Line => {
      const [cells = 0, { align } = {}] = [widths[i], columns[i]];
      const gap = i === 0 ? [] : [{ text: ' '.repeat(GAP) }];
      return [...gap, { text: pad(cut(text, cells, 'middle', mark), cells, align), style }];
    }),
  );
}

function fit(columns: Column[], lines: Span[][], width: number, fill: boolean): number[] {
  const natural = columns.map((_, i) => Math.max(...lines.map(line => widthOf(line[i]?.text ?? ''))));
  const left = width - natural.reduce((sum, cells) => sum + cells, GAP * (columns.length - 1));
  return natural.map((cells, i) => {
    if (!columns[i]?.flexible || (left > 0 && !fill)) return cells;
    return Math.max(cells + left, MIN_FLEXIBLE);
  });
}
