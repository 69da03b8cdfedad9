/**
 * Brings a database to the schema of this version: every file of `schema/` in order, at each start, in one transaction
 * under one lock, so that any number of instances may start at once and a failure leaves nothing half-made. A database of
 * the Go Muntra is taken over first.
 */
import pkg from '../../package.json' with { type: 'json' };
import type { Logger } from '../log.ts';
import { checkDatabase } from './database-check.ts';
import { applyMigrations, lockSchema } from './migrations.ts';
import type { Store } from './postgres.ts';
import { announceUpgrade, checkUpgrade, recordVersion, type Upgrade } from './schema-version.ts';
import { takeOver } from './takeover.ts';

/**
 * Throws MuntraError `store_start` when the database is a newer Muntra's or fails `checkDatabase`, the disk is too full or
 * PostgreSQL refuses a statement, or `store_unavailable`.
 */
export async function migrate(
  store: Store,
  log?: Logger,
  { version = pkg.version, freeDisk }: Partial<Upgrade> = {},
): Promise<void> {
  await checkDatabase(store);
  await store.transaction(client => checkUpgrade(client, { version, freeDisk }));
  await takeOver(store, log);
  await store.transaction(async client => {
    await lockSchema(client);
    // A newer one may have been faster.
    await checkUpgrade(client, { version });
    if (log) await announceUpgrade(client, { version }, log);
    await applyMigrations(client);
    await recordVersion(client, version);
  });
}
