/** Stores events as the flush does, without a buffer. */
import type { PoolClient } from 'pg';
import { type Event, toRow } from '../ingest/event.ts';
import { storeRows } from '../pipeline/batch.ts';

/** In the caller's transaction. Throws what `storeRows` throws. */
export function storeEvents(client: PoolClient, events: Event[]): Promise<void> {
  return storeRows(client, events.map(toRow));
}
