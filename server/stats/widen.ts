/**
 * A range that ends now is about a part of today, yet all that there is of today: so it is widened to the whole day, of
 * which there may be a rollup. Its first day likewise, if it begins before the first event of that day.
 */
import type { PoolClient } from 'pg';
import restSql from '../../schema/queries/range.rest.sql';
import { DAY, type Range } from './days.ts';
import { instant } from './selection.ts';

/** The longest range up to whole UTC days that holds the same events of a site. */
export async function widen(client: PoolClient, site: string, range: Range): Promise<Range> {
  const from = Math.floor(range.from / DAY) * DAY;
  const to = Math.ceil(range.to / DAY) * DAY;
  if (from === range.from && to === range.to) return range;
  const { rows } = await client.query<{ before: boolean; after: boolean }>(restSql, [
    site,
    ...[from, range.from, range.to, to].map(instant),
  ]);
  const [rest] = rows;
  return { from: rest?.before ? range.from : from, to: rest?.after ? range.to : to };
}
