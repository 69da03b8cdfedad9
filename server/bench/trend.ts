/** The straight line through a series that comes nearest to it by least squares. */
export interface Trend {
  /** Units of y for one of x. */
  slope: number;
  /** The standard error of the slope, as far as the points lie off the line by chance. */
  error: number;
}

/** At least three points, not all with one x. */
export function trendOf(points: readonly { x: number; y: number }[]): Trend {
  const n = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n;
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const off = points.reduce((sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, error: Math.sqrt(off / (n - 2) / spread) };
}

/** Of no values: NaN. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}
