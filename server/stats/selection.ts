/**
 * The rows that a question is about: site, range and filters, as bound parameters ($1 site, $2 from, $3 to, then what
 * is added) and as SQL put together from constants alone.
 */
import type { Filter, FilterOp } from '../contract.ts';
import { MuntraError } from '../errors.ts';
import { dimensionValue } from './dimensions.ts';

/** Unix milliseconds, [from, to). */
export interface Range {
  from: number;
  to: number;
}

const OPERATORS: Record<FilterOp, (value: string, parameter: string) => string> = {
  is: (value, parameter) => `coalesce(${value}, '') = ${parameter}`,
  is_not: (value, parameter) => `coalesce(${value}, '') <> ${parameter}`,
  contains: (value, parameter) => `strpos(coalesce(${value}, ''), ${parameter}) > 0`,
  starts_with: (value, parameter) => `starts_with(coalesce(${value}, ''), ${parameter})`,
};

export class Selection {
  readonly values: unknown[];
  /** A condition on a row of `raw_events`. */
  readonly matches: string;

  constructor(site: string, range: Range, filters: Filter[]) {
    this.values = [site, instant(range.from), instant(range.to)];
    this.matches = filters.map(filter => this.#condition(filter)).join(' AND ') || 'true';
  }

  /** Binds one more value and returns its parameter, as `$4`. */
  bind(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  /** Binds text from outside; throws MuntraError `bad_request` for text that PostgreSQL cannot hold. */
  bindText(value: string): string {
    if (value.includes('\0')) throw new MuntraError('bad_request', 'a value holds a NUL character', 'Leave it out.');
    return `${this.bind(value)}::text`;
  }

  #condition({ dimension, op, value }: Filter): string {
    const { of, sql } = dimensionValue(dimension);
    const condition = OPERATORS[op](sql, this.bindText(value));
    if (of === 'event') return condition;
    return `(created_at::date, session_hash) IN (
      SELECT created_at::date, session_hash FROM raw_events
      WHERE site_id = $1 AND created_at >= $2 AND created_at < $3 GROUP BY 1, 2 HAVING ${condition})`;
  }
}

/** The first and the last millisecond that both JavaScript and PostgreSQL write with four digits of year. */
const [EARLIEST, LATEST] = [-62_135_596_800_000, 253_402_300_799_999];

/** Unix milliseconds as PostgreSQL reads them. */
export function instant(at: number): string {
  return new Date(Math.min(Math.max(at, EARLIEST), LATEST)).toISOString();
}

/** Puts SQL constants into the `{places}` of a query. */
export function fill(query: string, parts: Record<string, string>): string {
  return query.replace(/\{(\w+)\}/g, (place, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`no SQL for ${place}`);
    return part;
  });
}
