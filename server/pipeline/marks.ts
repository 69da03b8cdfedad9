/** Marks the days whose rollups no longer agree with `raw_events`; see `dirty_windows` in schema/. */
import type { PoolClient } from 'pg';
import type { Row } from '../ingest/event.ts';

const MARK = 'INSERT INTO dirty_windows (site_id, day) SELECT * FROM unnest($1::text[], $2::date[])';
const DAY = 86_400_000;

export async function markDirty(client: PoolClient, events: Pick<Row, 'site' | 'at'>[]): Promise<void> {
  const sites: string[] = [];
  const days: string[] = [];
  for (const [site, group] of Map.groupBy(events, ({ site }) => site)) {
    for (const day of new Set(group.map(({ at }) => Math.floor(at / DAY)))) {
      sites.push(site);
      days.push(new Date(day * DAY).toISOString());
    }
  }
  await client.query(MARK, [sites, days]);
}
