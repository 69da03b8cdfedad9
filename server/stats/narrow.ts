/**
 * Each UTC day of a range that is read from events takes some hundred bytes here, and more on the way to PostgreSQL: somebody
 * who asks for all times gets those that there are.
 */
import type { PoolClient } from 'pg';
import firstLastSql from '../../schema/queries/events.first_last.sql';
import { DAY, type Range } from './days.ts';

/** Shorter ranges are not worth the question. */
const LONG = 1_000 * DAY;

/** What a long range has of the time between a site's first and last event: the same events. */
export async function narrow(client: PoolClient, site: string, { from, to }: Range): Promise<Range> {
  if (to - from <= LONG) return { from, to };
  const { rows } = await client.query<{ first: number | null; last: number | null }>(firstLastSql, [site]);
  const { first, last } = rows[0] ?? { first: null, last: null };
  if (first === null || last === null) return { from, to: from };
  const start = Math.max(from, first);
  return { from: start, to: Math.max(start, Math.min(to, last + 1)) };
}
