/**
 * Brings a database to the schema of this version: every file of `schema/` in order, at each start, in one transaction
 * under one lock, so that any number of instances may start at once and a failure leaves nothing half-made. A database of
 * the Go Muntra is taken over first.
 */
import type { Logger } from '../log.ts';
import { applyMigrations, lockSchema } from './migrations.ts';
import type { Store } from './postgres.ts';
import { takeOver } from './takeover.ts';

/** Throws MuntraError `store_start` when PostgreSQL refuses a statement, or `store_unavailable`. */
export async function migrate(store: Store, log?: Logger): Promise<void> {
  await takeOver(store, log);
  await store.transaction(async client => {
    await lockSchema(client);
    await applyMigrations(client);
  });
}
