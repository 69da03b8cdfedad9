/** A series that has more points than there is room, in groups of one size; the last one may be smaller. */

/** `[1, 3, 5]` in at most 2 groups -> means `[2, 5]`, size 2. */
export function groupMeans(values: number[], groups: number): { size: number; means: number[] } {
  const size = Math.max(1, Math.ceil(values.length / groups));
  const means = Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const part = values.slice(i * size, (i + 1) * size);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  return { size, means };
}
