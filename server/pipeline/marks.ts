/** Marks the days whose rollups no longer agree with `raw_events`; see `dirty_windows` in schema/. */
import type { PoolClient } from 'pg';
import type { Row } from '../ingest/event.ts';
import type { VisitorDay } from './visits.ts';

const MARK =
  'INSERT INTO dirty_windows (site_id, day, added_from) SELECT * FROM unnest($1::text[], $2::date[], $3::timestamptz[])';
const DAY = 86_400_000;

interface Mark {
  site: string;
  /** Start of the UTC day, in unix milliseconds. */
  day: number;
  /** When the first event was that was added; null: older events changed too. */
  from: number | null;
}

/**
 * `events` were added. `divided`: of these visitors the visits of older events may have changed too. To be called in the
 * transaction that stores the events, which has the claim: ids are then in the order of commits.
 */
export async function markDirty(
  client: PoolClient,
  events: Pick<Row, 'site' | 'at'>[],
  divided: VisitorDay[],
): Promise<void> {
  const marks = new Map<string, Mark>();
  let mark: Mark | undefined;
  for (const { site, at } of events) {
    const day = Math.floor(at / DAY) * DAY;
    // One after the other is of the same site and day, mostly.
    if (mark?.site !== site || mark.day !== day) {
      mark = marks.get(`${day} ${site}`) ?? { site, day, from: at };
      marks.set(`${day} ${site}`, mark);
    }
    if (at < (mark.from ?? at)) mark.from = at;
  }
  for (const { site, day } of divided) marks.set(`${day} ${site}`, { site, day, from: null });
  const rows = [...marks.values()];
  const iso = (time: number): string => new Date(time).toISOString();
  await client.query(MARK, [
    rows.map(({ site }) => site),
    rows.map(({ day }) => iso(day)),
    rows.map(({ from }) => (from === null ? null : iso(from))),
  ]);
}
