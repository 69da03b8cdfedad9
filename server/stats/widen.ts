/**
 * A range that ends now is about a part of today, yet all that there is of today: so it is widened to the whole day, of
 * which there may be a rollup. Its first day likewise, if it begins before the first event of that day. Of a pruned day
 * nobody knows any more when its events were.
 */
import type { PoolClient } from 'pg';
import restSql from '../../schema/queries/range.rest.sql';
import { DAY, type Range } from './days.ts';
import { instant } from './selection.ts';

interface Rest {
  /** Whether there are events in the rest of the day that the range begins in, and of the one that it ends in. */
  before: boolean;
  after: boolean;
  /** Whether those days are pruned. */
  pruned_first: boolean;
  pruned_last: boolean;
}

/**
 * The longest range up to whole UTC days that holds the same events of a site. A pruned day is cut as the range does, or
 * for `whole`, where only whole days are known, belongs to the range that has its noon.
 */
export async function widen(
  client: PoolClient,
  site: string,
  range: Range,
  pruned: 'cut' | 'whole' = 'cut',
): Promise<Range> {
  const from = Math.floor(range.from / DAY) * DAY;
  const to = Math.ceil(range.to / DAY) * DAY;
  if (from === range.from && to === range.to) return range;
  const { rows } = await client.query<Rest>(restSql, [site, ...[from, range.from, range.to, to].map(instant)]);
  const rest = rows[0] ?? { before: true, after: true, pruned_first: false, pruned_last: false };
  const noonFrom = range.from <= from + DAY / 2 ? from : from + DAY;
  const noonTo = range.to > to - DAY / 2 ? to : to - DAY;
  const first = rest.pruned_first ? { cut: range.from, whole: noonFrom }[pruned] : rest.before ? range.from : from;
  const last = rest.pruned_last ? { cut: range.to, whole: noonTo }[pruned] : rest.after ? range.to : to;
  return { from: first, to: Math.max(first, last) };
}
