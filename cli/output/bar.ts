/** Bars and columns of line and block characters; of `#` where those do not come out right. */
import { groupMeans } from './group.ts';

const EIGHTHS_HIGH = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A bar to the right, `share` (0 to 1) of `width` cells; anything above 0 shows. */
export function bar(share: number, width: number, unicode: boolean): string {
  if (!unicode) return '#'.repeat(steps(share, width));
  const halves = steps(share, width * 2);
  return '━'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? '╸' : '');
}

/** The cells of a column from the top down, `share` of `height` cells; anything above 0 shows. */
export function column(share: number, height: number, unicode: boolean): string[] {
  const eighths = steps(share, height * 8);
  return Array.from({ length: height }, (_, row) => {
    const inside = Math.min(Math.max(eighths - (height - 1 - row) * 8, 0), 8);
    return unicode ? (EIGHTHS_HIGH[inside] ?? ' ') : asciiCell(inside);
  });
}

const steps = (share: number, all: number): number => (share > 0 ? Math.max(1, Math.round(share * all)) : 0);

function asciiCell(eighths: number): string {
  if (eighths === 0) return ' ';
  return eighths < 4 ? '.' : eighths < 7 ? ':' : '#';
}

/** One row of at most `width` columns, as high as their share of the largest, along a base line. */
export function sparkline(values: number[], width: number, unicode: boolean): string {
  const { means } = groupMeans(values, width);
  const top = Math.max(...means);
  return means.map(mean => sparkCell(mean / top, unicode)).join('');
}

function sparkCell(share: number, unicode: boolean): string {
  if (!(share > 0)) return unicode ? '▁' : '_';
  return unicode ? (EIGHTHS_HIGH[Math.max(2, Math.round(share * 8))] ?? ' ') : asciiCell(steps(share, 8));
}
