/**
 * Deletes all that is stored of a site that takes no events any more. Most events go while others store theirs; then, as
 * the only one to write rollups and to store events, what has come meanwhile and all the rest: so no rollup of what is just
 * being deleted stays.
 */
import type { PoolClient } from 'pg';
import removeSql from '../../schema/queries/site.remove.sql';
import { claimEvents } from '../pipeline/event-writer.ts';
import { lockRollups } from '../pipeline/rollup-day.ts';
import type { Store } from '../store/postgres.ts';
import { liftLimit } from '../store/silence.ts';

/** How many events that were. Can be repeated. Throws MuntraError `store_unavailable`. */
export async function deleteSite(store: Store, id: string): Promise<number> {
  let events = 0;
  // The last time finds none, and leaves an index of which the claim does not have to pass over the dead ones.
  for (let more = true; more; ) {
    const deleted = await store.transaction(client => deleteEvents(client, id));
    events += deleted;
    more = deleted > 0;
  }
  return events + (await store.transaction(client => deleteRest(client, id)));
}

async function deleteEvents(client: PoolClient, id: string): Promise<number> {
  await liftLimit(client);
  return (await client.query('DELETE FROM raw_events WHERE site_id = $1', [id])).rowCount ?? 0;
}

async function deleteRest(client: PoolClient, id: string): Promise<number> {
  await lockRollups(client);
  await claimEvents(client);
  return (await client.query<{ events: number }>(removeSql, [id])).rows[0]?.events ?? 0;
}
