/**
 * The events that a question is about: a site, times and filters, as bound parameters ($1 is the site) and as SQL put
 * together from constants alone.
 */
import type { Filter, FilterOp } from '../contract/stats.ts';
import { MuntraError } from '../errors.ts';
import { midnightsOf, type Range } from './days.ts';
import { DIMENSION_SQL, isOfVisits, ORDER } from './dimensions.ts';

const OPERATORS: Record<FilterOp, (value: string, parameter: string) => string> = {
  is: (value, parameter) => `coalesce(${value}, '') = ${parameter}`,
  is_not: (value, parameter) => `coalesce(${value}, '') <> ${parameter}`,
  contains: (value, parameter) => `strpos(coalesce(${value}, ''), ${parameter}) > 0`,
  starts_with: (value, parameter) => `starts_with(coalesce(${value}, ''), ${parameter})`,
};

export class Selection {
  readonly values: unknown[];
  /** Conditions on a row of `raw_events`. */
  readonly within: string;
  readonly matches: string;
  readonly filtered: boolean;
  readonly #times: Range[];

  /** Of events in any of `times`, those that pass all filters. Throws MuntraError `bad_request`, see `bindText`. */
  constructor(site: string, times: Range[], filters: Filter[]) {
    this.values = [site];
    this.#times = times;
    this.within = times.map(time => this.#during(time)).join(' OR ') || 'false';
    this.filtered = filters.length > 0;
    this.matches = filters.map(filter => this.#passes(filter)).join(' AND ') || 'true';
  }

  /** Binds one more value and returns its parameter. */
  bind(value: unknown, type: string): string {
    return `$${this.values.push(value)}::${type}`;
  }

  /** Binds text from outside; throws MuntraError `bad_request` for text that PostgreSQL cannot hold. */
  bindText(value: string): string {
    if (value.includes('\0')) throw new MuntraError('bad_request', 'a value holds a NUL character', 'Leave it out.');
    return this.bind(value, 'text');
  }

  /**
   * Cuts the times at UTC midnights, and at `borders`. `sql` is the number, from 1, of the slice that a row lies in;
   * `starts` where each begins, ascending. (A row's date would cost PostgreSQL the time that it takes to read the row.)
   */
  slices(borders: number[] = []): { sql: string; starts: number[] } {
    const midnights = this.#times.flatMap(time => midnightsOf(time));
    const starts = [...new Set([...midnights, ...borders])].sort((a, b) => a - b);
    if (starts.length <= 1) return { sql: '1::int', starts };
    // As one text: what makes a text of an array quotes each of them.
    return { sql: `width_bucket(created_at, ${this.bind(`{${starts.map(instant)}}`, 'timestamptz[]')})`, starts };
  }

  #during({ from, to }: Range): string {
    const [start, end] = [this.bind(instant(from), 'timestamptz'), this.bind(instant(to), 'timestamptz')];
    return `created_at >= ${start} AND created_at < ${end}`;
  }

  #passes({ dimension, op, value }: Filter): string {
    const { of, value: sql } = DIMENSION_SQL[dimension];
    const passes = OPERATORS[op](sql, this.bindText(value));
    if (!isOfVisits(of)) return passes;
    // A visit without a pageview has the value of none.
    return `session_hash IN (
      SELECT session_hash
      FROM (
        SELECT DISTINCT ON (session_hash COLLATE "C") session_hash, CASE event_name WHEN 'pageview' THEN ${sql} END AS ${sql}
        FROM raw_events
        WHERE site_id = $1 AND (${this.within})
        ORDER BY session_hash COLLATE "C", event_name <> 'pageview', ${ORDER[of]}
      ) visit
      WHERE ${passes})`;
  }
}

/** The first and the last millisecond that both JavaScript and PostgreSQL write with four digits of year. */
const [EARLIEST, LATEST] = [-62_135_596_800_000, 253_402_300_799_999];

/** Unix milliseconds that both know. */
export const clamp = (at: number): number => Math.min(Math.max(at, EARLIEST), LATEST);

/** Unix milliseconds as PostgreSQL reads them. */
export const instant = (at: number): string => new Date(clamp(at)).toISOString();

/** Puts SQL constants into the `{places}` of a query. */
export function fill(query: string, parts: Record<string, string>): string {
  return query.replace(/\{(\w+)\}/g, (place, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`no SQL for ${place}`);
    return part;
  });
}
