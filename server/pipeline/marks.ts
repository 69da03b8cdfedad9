/** Marks the days whose rollups no longer agree with `raw_events`; see `dirty_windows` in schema/. */
import type { PoolClient } from 'pg';
import type { Event } from '../ingest/event.ts';

const MARK = 'INSERT INTO dirty_windows (site_id, day) SELECT DISTINCT * FROM unnest($1::text[], $2::date[])';

export async function markDirty(client: PoolClient, events: Event[]): Promise<void> {
  await client.query(MARK, [events.map(({ site }) => site), events.map(({ at }) => new Date(at).toISOString())]);
}
