/**
 * Columns over time with two axes. A series with more points than cells is drawn in groups of equal size, each as high
 * as the mean of its points, so that the scale stays that of one point.
 */
import { column } from './bar.ts';
import { compact } from './format.ts';
import { groupMeans } from './group.ts';
import type { Line } from './line.ts';
import type { Terminal } from './terminal.ts';
import { pad, widthOf } from './width.ts';

export interface ChartPoint {
  /** Shown below the point where there is room. */
  label: string;
  value: number;
}

const AXIS = 6;
const GAP = 2;

/** A title, `height` rows and a row of labels, `terminal.columns` wide. */
export function chart(title: string, points: ChartPoint[], height: number, { columns, unicode }: Terminal): Line[] {
  const room = columns - AXIS - 1;
  const { size, means } = groupMeans(
    points.map(({ value }) => value),
    room,
  );
  const step = Math.max(1, Math.min(Math.floor(room / Math.max(means.length, 1)), 12));
  const thickness = step > 1 ? step - 1 : 1;
  const top = niceTop(Math.max(...means, 1));
  const bars = means.map(mean => column(mean / top, height, unicode));
  const rows = Array.from({ length: height }, (_, row): Line => {
    const cells = bars.map(cells => (cells[row] ?? ' ').repeat(thickness).padEnd(step));
    return [
      { text: axisLabel(row, height, top), style: 'faint' },
      { text: cells.join(''), style: 'bar' },
    ];
  });
  const labels = {
    text:
      ' '.repeat(AXIS + 1) +
      timeLabels(
        points.filter((_, i) => i % size === 0),
        step,
      ),
    style: 'faint',
  } as const;
  const scale = { text: size > 1 ? `  each column the mean of ${size}` : '', style: 'faint' } as const;
  return [[{ text: title, style: 'strong' }, scale], ...rows, [labels]];
}

/** The smallest of 1, 2, 4, 5, 6, 8 times a power of ten that holds the maximum, so that its half reads well too. */
function niceTop(max: number): number {
  const power = 10 ** Math.floor(Math.log10(max));
  return [1, 2, 4, 6, 8, 10].map(factor => factor * power).find(candidate => candidate >= max) ?? 10 * power;
}

/** The top of the scale at the top, its half in the middle, blank elsewhere. */
function axisLabel(row: number, height: number, top: number): string {
  const value = row === 0 ? top : row * 2 === height && top > 1 ? top / 2 : undefined;
  return `${pad(value === undefined ? '' : compact(value), AXIS, 'right')} `;
}

/** As many labels as fit, at equal distances, each starting below its column. */
function timeLabels(points: ChartPoint[], step: number): string {
  const widest = Math.max(...points.map(({ label }) => widthOf(label)), 1);
  const every = Math.ceil((widest + GAP) / step);
  return points
    .filter((_, i) => i % every === 0)
    .map(({ label }) => pad(label, every * step))
    .join('')
    .trimEnd();
}
