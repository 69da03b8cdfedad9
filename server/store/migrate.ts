/**
 * Brings a database to the schema of this version: every file of `schema/` in order, at each start, in one transaction
 * under one lock, so that any number of instances may start at once and a failure leaves nothing half-made.
 */
import { DatabaseError, type PoolClient } from 'pg';
import { MuntraError } from '../errors.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import { isOutage } from './outage.ts';
import type { Store } from './postgres.ts';

/** Any number, so long as all instances use the same. */
const LOCK = 0x6d756e74;

/** Throws MuntraError `store_start` that names the file which failed, or `store_unavailable`. */
export async function migrate(store: Store): Promise<void> {
  await store.transaction(async client => {
    await client.query('SET LOCAL statement_timeout = 0');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    for (const migration of MIGRATIONS) await apply(client, migration);
  });
}

async function apply(client: PoolClient, { name, sql }: Migration): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    if (!(error instanceof DatabaseError) || isOutage(error)) throw error;
    const hint = 'nothing was changed; look at the rights of the database user, then start again';
    throw new MuntraError('store_start', `schema/${name} failed: ${error.message}`, hint, { cause: error });
  }
}
