/** Blocks of lines side by side. Apart from `line.ts`: what knows widths needs Intl, and the server, too, prints lines. */
import type { Line } from './line.ts';
import { widthOf } from './width.ts';

/** In cells. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** Two blocks side by side, the right one starting at cell `column`. */
export function beside(left: Line[], right: Line[], column: number): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const start = left[index] ?? [];
    const space = ' '.repeat(Math.max(0, column - lineWidth(start)));
    return [...start, { text: space }, ...(right[index] ?? [])];
  });
}
