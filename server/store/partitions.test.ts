import type { PoolClient } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { ensurePartitions, partitionOf } from './partitions.ts';

let db: TestStore;
beforeEach(async () => {
  db = await testStore();
});
afterEach(() => db.drop());

const INSERT = `INSERT INTO raw_events (created_at, site_id, visitor_hash, session_hash, url_path, event_name)
  VALUES (to_timestamp($1::float8 / 1000), 's', 'v', 'v-0', '/', 'pageview') RETURNING tableoid::regclass::text AS partition`;

async function insert(client: PoolClient, iso: string): Promise<string | undefined> {
  const at = Date.parse(iso);
  await ensurePartitions(client, [at]);
  const { rows } = await client.query<{ partition: string }>(INSERT, [at]);
  return rows[0]?.partition;
}

const partitions = async (): Promise<string[]> => {
  const rows = await db.store.query<{ name: string }>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'raw_events'::regclass ORDER BY name",
  );
  return rows.map(({ name }) => name);
};

test('every date has its month', async () => {
  const tables = {
    '1970-01-01T00:00:00.000Z': 'raw_events_1970_01',
    '1969-12-31T23:59:59.999Z': 'raw_events_1969_12',
    '2024-02-29T23:59:59.999Z': 'raw_events_2024_02',
    '2024-03-01T00:00:00.000Z': 'raw_events_2024_03',
    '2099-12-31T23:59:59.999Z': 'raw_events_2099_12',
    '2100-02-28T12:00:00.000Z': 'raw_events_2100_02',
    '0099-06-15T00:00:00.000Z': 'raw_events_0099_06',
  };
  for (const [iso, table] of Object.entries(tables)) {
    expect(await db.store.transaction(client => insert(client, iso))).toBe(table);
    expect(partitionOf(Date.parse(iso))).toBe(table);
  }
});

test('one call makes every month that its times need, with the indexes', async () => {
  const days = [
    '2026-01-31T23:59:59.999Z',
    '2026-02-01T00:00:00.000Z',
    '2026-01-01T00:00:00.000Z',
    '2025-12-31T23:59:59Z',
  ];
  await db.store.transaction(client => ensurePartitions(client, days.map(Date.parse)));
  expect(await partitions()).toEqual(['raw_events_2025_12', 'raw_events_2026_01', 'raw_events_2026_02']);
  const indexes = "SELECT tablename, count(*)::int AS n FROM pg_indexes WHERE tablename ~ '^raw_events' GROUP BY 1";
  const counts = new Set((await db.store.query<{ n: number }>(indexes)).map(({ n }) => n));
  expect(counts.size).toBe(1);
});

test('a month whose transaction was rolled back, or that another instance dropped, is made again', async () => {
  const undone = db.store.transaction(async client => {
    await insert(client, '2026-05-01T00:00:00Z');
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  await db.store.transaction(client => insert(client, '2026-05-01T00:00:00Z'));
  await db.store.query('DROP TABLE raw_events_2026_05');
  await db.store.transaction(client => insert(client, '2026-05-01T00:00:00Z'));
  expect(await partitions()).toEqual(['raw_events_2026_05']);
});

test('two transactions that need the same month at once both get it', async () => {
  const months = Array.from({ length: 12 }, (_, i) => `2026-${String(i + 1).padStart(2, '0')}-15T00:00:00Z`);
  const all = [...months, ...months, ...months, ...months];
  await Promise.all(all.map(iso => db.store.transaction(client => insert(client, iso))));
  expect(await partitions()).toHaveLength(12);
  expect(await db.store.query('SELECT count(*)::int AS n FROM raw_events')).toEqual([{ n: 48 }]);
});

test('a new month does not wait for inserts under way, nor they for it', async () => {
  await db.store.transaction(client => insert(client, '2026-01-14T00:00:00Z'));
  await db.store.transaction(async writer => {
    await insert(writer, '2026-01-15T00:00:00Z');
    await db.store.transaction(async other => {
      await other.query("SET LOCAL lock_timeout = '1s'");
      await insert(other, '2026-02-15T00:00:00Z');
      await writer.query("SET LOCAL lock_timeout = '1s'");
      await insert(writer, '2026-01-16T00:00:00Z');
    });
  });
  expect(await partitions()).toHaveLength(2);
});
