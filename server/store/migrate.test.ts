import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolClient } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { migrate } from './migrate.ts';
import { applyMigrations, MIGRATIONS } from './migrations.ts';
import { ensurePartitions } from './partitions.ts';

let db: TestStore;
beforeEach(async () => {
  db = await testStore('template0');
});
afterEach(() => db.drop());

/** Everything that a migration makes: tables, columns, indexes. */
const schema = (): Promise<unknown[]> =>
  db.store.query(
    `SELECT table_name, column_name, data_type, column_default FROM information_schema.columns
     WHERE table_schema = 'public'
     UNION ALL SELECT tablename, indexname, indexdef, NULL FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2`,
  );

async function insert(client: PoolClient, at: number): Promise<void> {
  await ensurePartitions(client, [at]);
  await client.query(
    `INSERT INTO raw_events (created_at, site_id, visitor_hash, session_hash, url_path, event_name)
     VALUES ($1, 's', 'v', 'v-0', '/', 'pageview')`,
    [new Date(at)],
  );
}

test('the list names every file of schema/, in order', () => {
  const files = readdirSync(join(import.meta.dirname, '../../schema')).filter(name => name.endsWith('.sql'));
  expect(MIGRATIONS.map(({ name }) => name)).toEqual(files.sort());
});

test('a database that cannot hold all characters is refused, with the remedy', async () => {
  const ascii = await testStore("template0 ENCODING 'SQL_ASCII'");
  try {
    const refused = {
      code: 'store_start',
      message: expect.stringContaining('SQL_ASCII'),
      hint: expect.stringContaining("ENCODING 'UTF8'"),
    };
    await expect(migrate(ascii.store)).rejects.toMatchObject(refused);
    expect(await ascii.store.query("SELECT to_regclass('sites') AS sites")).toEqual([{ sites: null }]);
  } finally {
    await ascii.drop();
  }
});

test('migrations run again without a change', async () => {
  await migrate(db.store);
  await db.store.transaction(client => insert(client, Date.UTC(2026, 4, 5)));
  const before = await schema();
  await migrate(db.store);
  expect(await schema()).toEqual(before);
});

test('a start locks no table against those who work with it', async () => {
  await migrate(db.store);
  await db.store.transaction(client => insert(client, Date.UTC(2026, 4, 5)));
  const { rows } = await db.store.transaction(async client => {
    await applyMigrations(client);
    return client.query(
      `SELECT relname, mode FROM pg_locks JOIN pg_class c ON c.oid = relation
       WHERE pid = pg_backend_pid() AND relkind <> 'v' AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')`,
    );
  });
  expect(rows).toEqual([]);
});

test('any number of instances may start at once', async () => {
  await Promise.all(Array.from({ length: 8 }, () => migrate(db.store)));
  expect((await schema()).length).toBeGreaterThan(50);
});

test('an instance may start while others store events and make months', async () => {
  await migrate(db.store);
  const months = Array.from({ length: 40 }, (_, i) => Date.UTC(2026, i, 5));
  const storing = months.map(at => db.store.transaction(client => insert(client, at)));
  await Promise.all([...storing, migrate(db.store), migrate(db.store), migrate(db.store)]);
  expect(await db.store.query('SELECT count(*)::int AS n FROM raw_events')).toEqual([{ n: 40 }]);
});
