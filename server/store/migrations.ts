/** Every file of `schema/`, in order, as text: the packaged executable reads no file. */
import { DatabaseError, type PoolClient } from 'pg';
import init from '../../schema/0001_init.sql';
import flush from '../../schema/0002_flush.sql';
import rollups from '../../schema/0003_rollups.sql';
import retention from '../../schema/0004_retention.sql';
import apiTokens from '../../schema/0005_api_tokens.sql';
import schemaVersion from '../../schema/0006_schema_version.sql';
import lastBackup from '../../schema/0007_last_backup.sql';
import bots from '../../schema/0008_bots.sql';
import addedEvents from '../../schema/0009_added_events.sql';
import removedSites from '../../schema/0010_removed_sites.sql';
import indexes from '../../schema/0011_indexes.sql';
import { MuntraError } from '../errors.ts';
import { isOutage } from './outage.ts';
import { liftLimit } from './silence.ts';

export const MIGRATIONS: readonly { name: string; sql: string }[] = [
  { name: '0001_init.sql', sql: init },
  { name: '0002_flush.sql', sql: flush },
  { name: '0003_rollups.sql', sql: rollups },
  { name: '0004_retention.sql', sql: retention },
  { name: '0005_api_tokens.sql', sql: apiTokens },
  { name: '0006_schema_version.sql', sql: schemaVersion },
  { name: '0007_last_backup.sql', sql: lastBackup },
  { name: '0008_bots.sql', sql: bots },
  { name: '0009_added_events.sql', sql: addedEvents },
  { name: '0010_removed_sites.sql', sql: removedSites },
  { name: '0011_indexes.sql', sql: indexes },
];

/** Tables in the order in which the files make them; parts of a partitioned one belong to it. */
export const TABLE_NAMES: readonly string[] = MIGRATIONS.flatMap(({ sql }) =>
  [...sql.matchAll(/^CREATE TABLE IF NOT EXISTS (\w+) \(/gm)].map(([, name = '']) => name),
);

/** Any number, so long as all instances use the same and no other lock has it. */
const LOCK = 0x6d756e74;

/** Makes the transaction the only one that changes the schema, and lets it take its time. */
export async function lockSchema(client: PoolClient): Promise<void> {
  await liftLimit(client);
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
}

/** To be called after `lockSchema`. Throws MuntraError `store_start` that names the file which failed. */
export async function applyMigrations(client: PoolClient): Promise<void> {
  for (const { name, sql } of MIGRATIONS) {
    await client.query(sql).catch(error => {
      throw refused(error, `schema/${name} failed`);
    });
  }
}

/** A statement's error as one for people; an outage is left as it is, for the store to tell. */
export function refused(error: unknown, what: string): unknown {
  if (!(error instanceof DatabaseError) || isOutage(error)) return error;
  const hint = "nothing was changed; look at the database user's rights and at PostgreSQL's log, then start again";
  const problem = error.detail ? `${error.message} (${error.detail})` : error.message;
  return new MuntraError('store_start', `${what}: ${problem}`, hint, { cause: error });
}
