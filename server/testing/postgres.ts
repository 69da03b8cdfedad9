/** A database of one's own for a test, cloned from the migrated template in some 50 ms. */
import { randomBytes } from 'node:crypto';
import type { PoolConfig } from 'pg';
import { inject } from 'vitest';
import { createLogger } from '../log.ts';
import { openStore, type Store } from '../store/postgres.ts';
import { TEMPLATE } from './cluster.ts';

export interface TestStore {
  store: Store;
  /** For what opens connections of its own. */
  connection: PoolConfig;
  /** Closes the store and removes the database; throws when another connection to it is still open. */
  drop(): Promise<void>;
}

/** `template`: TEMPLATE, or `template0` for a database without Muntra's tables, which may have a locale of its own. */
export async function testStore(template = TEMPLATE): Promise<TestStore> {
  const database = `test_${randomBytes(8).toString('hex')}`;
  await administer(`CREATE DATABASE ${database} TEMPLATE ${template}`);
  const connection = { ...inject('postgres'), database };
  const store = openStore(connection, { log: createLogger('silent', process.stderr) });
  return {
    store,
    connection,
    async drop() {
      await store.close();
      await administer(`DROP DATABASE ${database}`);
    },
  };
}

async function administer(statement: string): Promise<void> {
  const admin = openStore(inject('postgres'), { log: createLogger('silent', process.stderr), max: 1 });
  try {
    await admin.query(statement);
  } finally {
    await admin.close();
  }
}
