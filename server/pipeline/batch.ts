/**
 * Stores a batch of events in the caller's transaction: their visits, the rows themselves by COPY, and a mark on each
 * day that they change.
 */
import type { PoolClient } from 'pg';
import type { Event } from '../ingest/event.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { copyEvents } from './copy.ts';
import { markDirty } from './marks.ts';
import { assignVisits, rewindow } from './visits.ts';

/** Any number, so long as all instances use the same and no other lock has it. */
const LOCK = 0x6d766973;

/**
 * One transaction at a time, of all instances and imports: two that store events of the same visitor side by side would
 * not see each other's, and begin a visit each. Throws the DatabaseError of what PostgreSQL refuses, see `refusal.ts`.
 */
export async function storeEvents(client: PoolClient, events: Event[]): Promise<void> {
  if (events.length === 0) return;
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  await ensurePartitions(
    client,
    events.map(({ at }) => at),
  );
  const { visits, late } = await assignVisits(client, events);
  await copyEvents(client, events, visits);
  await rewindow(client, late);
  await markDirty(client, events);
}
