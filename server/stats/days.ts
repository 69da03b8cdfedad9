/** UTC days, the unit of rollups, as numbers since 1970-01-01, and what a range consists of in them. */

export const DAY = 86_400_000;

/** Unix milliseconds, [from, to). */
export interface Range {
  from: number;
  to: number;
}

export interface Days {
  /** Of the first day, and of the one after the last. */
  from: number;
  to: number;
}

export interface Cut {
  /** Whole days; none when `from` is not less than `to`. */
  days: Days;
  /** What lies before and after them, none of it across a midnight. */
  parts: Range[];
}

export function cutIntoDays({ from, to }: Range): Cut {
  const days = { from: Math.ceil(from / DAY), to: Math.floor(to / DAY) };
  if (days.from > days.to) return { days, parts: [{ from, to }] };
  const parts = [
    { from, to: days.from * DAY },
    { from: days.to * DAY, to },
  ];
  return { days, parts: parts.filter(part => part.from < part.to) };
}

/** As PostgreSQL reads it. */
export const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

export const rangeOf = (day: number): Range => ({ from: day * DAY, to: (day + 1) * DAY });

/** The first day of the month after. */
export function nextMonth(day: number): number {
  const date = new Date(day * DAY);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / DAY;
}

/** Ranges that touch become one; in order of time. */
export function joinRanges(ranges: Range[]): Range[] {
  const joined: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && last.to >= range.from) last.to = Math.max(last.to, range.to);
    else joined.push({ ...range });
  }
  return joined;
}

/** Starts of the days that a range touches, in unix milliseconds. */
export function midnightsOf({ from, to }: Range): number[] {
  const first = Math.floor(from / DAY);
  return Array.from({ length: Math.ceil(to / DAY) - first }, (_, i) => (first + i) * DAY);
}
