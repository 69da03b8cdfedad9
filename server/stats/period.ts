/**
 * The time a report is about, in the site's time zone. A named period ends with the running hour or day; what it is
 * compared with ends as far into its own last bucket as the present one has come, so that a morning is compared with a
 * morning.
 */
import type { PeriodName, Unit } from '../contract/stats.ts';
import { MuntraError } from '../errors.ts';
import { bucketStarts } from './buckets.ts';
import { offsetReader } from './clock.ts';
import type { Range } from './days.ts';

export interface Period extends Range {
  title: string;
  /** Of the chart. */
  unit: Unit;
  previous: Range;
}

/** `count` whole units, the running one included; the chart has a bucket for each `bucket`. */
const SHAPES: Record<PeriodName, { title: string; unit: Unit; count: number; bucket: Unit }> = {
  '24h': { title: 'last 24 hours', unit: 'hour', count: 24, bucket: 'hour' },
  '7d': { title: 'last 7 days', unit: 'day', count: 7, bucket: 'day' },
  '30d': { title: 'last 30 days', unit: 'day', count: 30, bucket: 'day' },
  '90d': { title: 'last 90 days', unit: 'day', count: 90, bucket: 'day' },
  '12mo': { title: 'last 12 months', unit: 'month', count: 12, bucket: 'month' },
  today: { title: 'today', unit: 'day', count: 1, bucket: 'hour' },
  month: { title: 'this month', unit: 'month', count: 1, bucket: 'day' },
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LONGEST: Record<Unit, number> = { minute: 60_000, hour: HOUR, day: 25 * HOUR, month: 31 * DAY + HOUR };

export function namedPeriod(name: PeriodName, now: number, zone: string): Period {
  const { title, unit, count, bucket } = SHAPES[name];
  const starts = bucketStarts({ from: now - (2 * count + 1) * LONGEST[unit], to: now + 1 }, unit, zone);
  const start = (back: number): number => starts.at(-1 - back) ?? now;
  const from = start(count - 1);
  return {
    title,
    unit: bucket,
    from,
    to: nextStart(now, bucket === 'hour' ? 'hour' : 'day', zone),
    previous: { from: start(2 * count - 1), to: Math.min(start(count) + now - start(0), from) },
  };
}

function nextStart(now: number, unit: Unit, zone: string): number {
  return bucketStarts({ from: now, to: now + 2 * LONGEST[unit] }, unit, zone)[1] ?? now;
}

/**
 * `2025-11-01` (a whole day), `2025-11-01T14:30` in the zone, `...Z` or `...+01:00`, or unix milliseconds; without `to`
 * until the end of the running hour. Compared with the time of equal length just before. Throws MuntraError `bad_request`.
 */
export function givenPeriod(from: string, to: string | undefined, now: number, zone: string): Period {
  const range = {
    from: readTime(from, zone).from,
    to: to === undefined ? nextStart(now, 'hour', zone) : readTime(to, zone).to,
  };
  if (range.from >= range.to)
    throw new MuntraError('bad_request', 'The period ends before it begins', 'turn its two times round');
  const length = range.to - range.from;
  return { ...range, title: '', unit: unitFor(length), previous: { from: range.from - length, to: range.from } };
}

function unitFor(length: number): Unit {
  if (length <= 2 * DAY) return 'hour';
  return length <= 120 * DAY ? 'day' : 'month';
}

const LOCAL = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/;

/**
 * What a time stands for: a day from its first to its last moment, anything else a moment. Throws MuntraError `bad_request`.
 */
export function readTime(text: string, zone: string): Range {
  const [, day = '', hour = '00', minute = '00', second = '00'] = LOCAL.exec(text) ?? [];
  const clock = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  // JavaScript takes 30 February for 2 March.
  if (!Number.isNaN(clock) && new Date(clock).toISOString().startsWith(day)) {
    const from = startOfHour(clock, zone) + (clock % HOUR);
    return { from, to: text === day ? nextStart(from, 'day', zone) : from };
  }
  const instant = readInstant(text);
  if (!Number.isNaN(instant)) return { from: instant, to: instant };
  throw new MuntraError('bad_request', `"${text}" is not a time`, '2025-11-01, 2025-11-01T14:30 or unix milliseconds');
}

function readInstant(text: string): number {
  if (/^\d{11,14}$/.test(text)) return Number(text);
  return /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
}

/** The first hour of the zone whose clock shows at least this (given as if it were UTC); a clock may skip an hour. */
function startOfHour(clock: number, zone: string): number {
  const offset = offsetReader(zone);
  const wanted = Math.floor(clock / HOUR);
  const hours = bucketStarts({ from: clock - DAY, to: clock + DAY }, 'hour', zone);
  return hours.find(start => Math.floor((start + offset(start)) / HOUR) >= wanted) ?? clock;
}
