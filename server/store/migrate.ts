/**
 * Brings a database to the schema of this version: every file of `schema/` in order, at each start, in one transaction
 * under one lock, so that any number of instances may start at once and a failure leaves nothing half-made. A database of
 * the Go Muntra is taken over first.
 */
import pkg from '../../package.json' with { type: 'json' };
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { applyMigrations, lockSchema } from './migrations.ts';
import type { Store } from './postgres.ts';
import { announceUpgrade, checkUpgrade, recordVersion, type Upgrade } from './schema-version.ts';
import { takeOver } from './takeover.ts';

/**
 * Throws MuntraError `store_start` when the database is a newer Muntra's or not in UTF-8, the disk is too full or PostgreSQL refuses a
 * statement, or `store_unavailable`.
 */
export async function migrate(
  store: Store,
  log?: Logger,
  { version = pkg.version, freeDisk }: Partial<Upgrade> = {},
): Promise<void> {
  await checkEncoding(store);
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

async function checkEncoding(store: Store): Promise<void> {
  const [row] = await store.query<{ encoding: string }>("SELECT current_setting('server_encoding') AS encoding");
  if (row?.encoding === 'UTF8') return;
  const message = `The encoding of this database is ${row?.encoding}: it cannot hold the text of all pages`;
  const hint =
    "make another: CREATE DATABASE muntra TEMPLATE template0 ENCODING 'UTF8', and name it in MUNTRA_POSTGRES_DSN";
  throw new MuntraError('store_start', message, hint);
}
