/** Parameters of a question to the API. Whatever cannot be used is a 400 that names the parameter. */
import type { Site } from '../contract/site.ts';
import {
  BREAKDOWN_LIMIT,
  DIMENSIONS,
  type Dimension,
  FILTER_OPS,
  type Filter,
  type Grouping,
  PERIODS,
  UNITS,
  type Unit,
} from '../contract/stats.ts';
import { MuntraError } from '../errors.ts';
import type { SiteRegistry } from '../sites/registry.ts';
import { sitesNotReady } from '../sites/site.ts';
import { MAX_POINTS, pointsOf } from '../stats/buckets.ts';
import { givenPeriod, namedPeriod, type Period } from '../stats/period.ts';
import type { Range } from '../stats/stats.ts';

const DAY = 86_400_000;
const DEFAULT_RANGE = 30 * DAY;
/** Later than any use, and so near that the range before one from 1970 up to it begins in a year of four digits. */
const LAST_TIME = Date.UTC(2300, 0);
const LAST_STORED = Date.UTC(2100, 0);
const MAX_FILTERS = 20;
const MAX_LENGTH = 1000;

export function readSite(query: URLSearchParams, sites: Pick<SiteRegistry, 'find' | 'ready'>): Site {
  const id = required(query, 'site');
  const site = sites.find(id);
  if (site) return site;
  if (!sites.ready) throw sitesNotReady();
  throw new MuntraError('unknown_site', `unknown site "${id}"`, `muntra sites add ${id} --origin example.com`);
}

/** [from, to) in unix milliseconds; by default the last 30 days. */
export function readRange(query: URLSearchParams, now: number): Range {
  const to = readTime(query, 'to') ?? now;
  const from = readTime(query, 'from') ?? Math.max(0, to - DEFAULT_RANGE);
  if (from >= to)
    throw bad('from', 'is not before `to`', 'give both in unix milliseconds; without `to` the range ends now');
  return { from, to };
}

/**
 * By time zone: `period=<name>`, by default 30d, or `from` and `to`, which may be days or times of the zone's clock.
 */
export function readPeriod(query: URLSearchParams, now: number): (timezone: string) => Period {
  const [from, to] = [text(query, 'from'), text(query, 'to')];
  const name = oneOf('period', PERIODS, text(query, 'period') ?? '30d');
  if (from === undefined && to !== undefined) throw bad('to', 'needs `from`', `from=2025-11-01&to=${to}`);
  const periodIn = (timezone: string): Period =>
    from === undefined ? namedPeriod(name, now, timezone) : givenPeriod(from, to, now, timezone);
  // What is wrong with it is wrong in all zones, and where there are no sites.
  const period = periodIn('UTC');
  if (period.from < 0 || period.to > LAST_TIME)
    throw bad('from', 'and `to` are not of these centuries', 'from=2025-11-01');
  return periodIn;
}

/** As `readRange`, but by default all there is. */
export function readHistory(query: URLSearchParams): Range {
  return { from: readTime(query, 'from') ?? 0, to: readTime(query, 'to') ?? LAST_STORED };
}

/** By default days. */
export function readUnit(query: URLSearchParams, range: Range): Unit {
  const unit = oneOf('unit', UNITS, text(query, 'unit') ?? 'day');
  if (pointsOf(range, unit) > MAX_POINTS) {
    throw bad('unit', `"${unit}" makes more than ${MAX_POINTS} points`, 'ask for a shorter range or a longer unit');
  }
  return unit;
}

/** `by=<dimension>`, or `by=prop:<key>&event=<name>`. */
export function readGrouping(query: URLSearchParams): Grouping {
  const by = required(query, 'by');
  if (!by.startsWith('prop:')) return oneOf('by', DIMENSIONS, by);
  const property = by.slice('prop:'.length);
  if (property === '') throw bad('by', 'names no property', 'by=prop:plan&event=signup');
  return { event: required(query, 'event'), property };
}

export function readLimit(query: URLSearchParams): number {
  const given = text(query, 'limit');
  if (given === undefined) return BREAKDOWN_LIMIT.default;
  const limit = /^\d{1,6}$/.test(given) ? Number(given) : 0;
  if (limit >= 1 && limit <= BREAKDOWN_LIMIT.max) return limit;
  throw bad('limit', `"${given}" is not a whole number from 1 to ${BREAKDOWN_LIMIT.max}`, 'limit=100');
}

/** `filter=<dimension>:<op>:<value>`, repeatable. */
export function readFilters(query: URLSearchParams): Filter[] {
  const given = query.getAll('filter');
  if (given.length > MAX_FILTERS) throw bad('filter', `is given more than ${MAX_FILTERS} times`, 'use fewer filters');
  return given.map(filter => {
    const [, dimension = '', op = '', value = ''] = /^([^:]*):([^:]*):(.*)$/s.exec(usable('filter', filter)) ?? [];
    if (op === '') throw bad('filter', `"${filter}" is not dimension:operation:value`, 'filter=country:is:SE');
    return {
      dimension: oneOf<Dimension>('filter', DIMENSIONS, dimension),
      op: oneOf('filter', FILTER_OPS, op),
      value,
    };
  });
}

/** A text that names something, such as the source of an import. */
export const readName = (query: URLSearchParams, name: string): string => required(query, name);

/** A whole number, by default 0. */
export function readCount(query: URLSearchParams, name: string): number {
  const given = text(query, name) ?? '0';
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw bad(name, `"${given}" is not a whole number`, `${name}=0`);
}

function readTime(query: URLSearchParams, name: string): number | undefined {
  const given = text(query, name);
  if (given === undefined) return undefined;
  const time = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
  if (time <= LAST_TIME) return time;
  throw bad(name, `"${given}" is not a time`, `${name}=1750000000000, in unix milliseconds`);
}

function required(query: URLSearchParams, name: string): string {
  const given = text(query, name);
  if (given) return given;
  throw bad(name, 'is missing', `add ${name}=... to the question`);
}

/** undefined when the parameter is not given. */
function text(query: URLSearchParams, name: string): string | undefined {
  const given = query.get(name);
  return given === null ? undefined : usable(name, given);
}

/** PostgreSQL takes no NUL. */
function usable(name: string, given: string): string {
  if (given.length <= MAX_LENGTH && !given.includes('\0')) return given;
  throw bad(name, 'is too long or holds a NUL', `use at most ${MAX_LENGTH} characters`);
}

function oneOf<T extends string>(name: string, values: readonly T[], given: string): T {
  const found = values.find(value => value === given);
  if (found !== undefined) return found;
  throw bad(name, `"${given}" is not known`, `use one of ${values.join(', ')}`);
}

const bad = (name: string, problem: string, hint: string): MuntraError =>
  new MuntraError('bad_request', `parameter ${name} ${problem}`, hint);
