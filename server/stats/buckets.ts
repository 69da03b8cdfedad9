/**
 * Minutes, hours, days and months of a time zone as instants. The zone's clock is cut into spans of one offset each;
 * inside a span local time runs evenly, so daylight saving is only a border between spans. Minutes and hours end at such
 * a border (the hour that comes twice is two buckets); days and months go across it.
 */
import type { Unit } from '../contract/stats.ts';
import { MuntraError } from '../errors.ts';
import { offsetReader } from './clock.ts';
import type { Range } from './days.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** On a clock that nobody sets. A month has none. */
const LENGTH: Record<Exclude<Unit, 'month'>, number> = { minute: MINUTE, hour: HOUR, day: DAY };
/** The shortest there are. */
const SHORTEST: Record<Unit, number> = { minute: MINUTE, hour: HOUR, day: 23 * HOUR, month: 28 * 23 * HOUR };
/** How far before an instant its bucket may have begun, with room to spare. */
const LONGEST: Record<Unit, number> = { minute: 2 * MINUTE, hour: 2 * HOUR, day: 3 * DAY, month: 34 * DAY };
const MAX_BUCKETS = 50_000;

/** Points of one timeseries, or of those of all sites together: minutes of 17 days, hours of 2 years; 2 MB of JSON. */
export const MAX_POINTS = 25_000;

/** How many a range has, about. */
export const pointsOf = ({ from, to }: Range, unit: Unit): number =>
  (to - from) / (unit === 'month' ? 28 * DAY : LENGTH[unit]);

/**
 * Starts of the buckets that a range touches, in unix milliseconds, ascending; the first may lie before the range.
 * Throws MuntraError `bad_request` for more than 50,000 buckets.
 */
export function bucketStarts(range: Range, unit: Unit, zone: string): number[] {
  if ((range.to - range.from) / SHORTEST[unit] > MAX_BUCKETS) {
    throw new MuntraError(
      'bad_request',
      `the range has too many buckets of a ${unit}`,
      'Take a larger unit or a shorter range.',
    );
  }
  const starts: number[] = [];
  let last = Number.NaN;
  for (const span of offsetSpans(zone, { from: range.from - LONGEST[unit], to: range.to })) {
    let local = floor(unit, span.from + span.offset);
    if (starts.length > 0 && (unit === 'minute' || unit === 'hour' || local !== last)) starts.push(span.from);
    while (true) {
      last = local;
      local = next(unit, local);
      if (local - span.offset >= span.to) break;
      starts.push(local - span.offset);
    }
  }
  return starts.slice(starts.findLastIndex(start => start <= range.from));
}

/** Start of the unit that a wall clock time (as if it were UTC) lies in. */
function floor(unit: Unit, local: number): number {
  if (unit !== 'month') return local - modulo(local, LENGTH[unit]);
  const date = new Date(local);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

function next(unit: Unit, local: number): number {
  if (unit !== 'month') return local + LENGTH[unit];
  const date = new Date(local);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

interface OffsetSpan extends Range {
  /** Local time minus UTC, in milliseconds. */
  offset: number;
}

/** The range cut where the zone's offset changes. A zone that changes and changes back within a day is not known. */
function offsetSpans(zone: string, range: Range): OffsetSpan[] {
  const offset = offsetReader(zone);
  const spans: OffsetSpan[] = [{ from: range.from, to: range.to, offset: offset(range.from) }];
  for (let at = range.from; at < range.to; at += DAY) {
    const end = Math.min(at + DAY, range.to);
    const span = spans[spans.length - 1];
    if (!span || offset(end) === span.offset) continue;
    const change = firstWith(at, end, time => offset(time) !== span.offset);
    span.to = change;
    spans.push({ from: change, to: range.to, offset: offset(change) });
  }
  return spans.filter(span => span.from < span.to);
}

/** The first millisecond in (from, to] that passes, for a test that fails at `from` and passes from there to `to`. */
function firstWith(from: number, to: number, passes: (time: number) => boolean): number {
  let [fails, found] = [from, to];
  while (found - fails > 1) {
    const middle = Math.floor((fails + found) / 2);
    if (passes(middle)) found = middle;
    else fails = middle;
  }
  return found;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
