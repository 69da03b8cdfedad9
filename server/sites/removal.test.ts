import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockRollups, rollUpDay } from '../pipeline/rollup-day.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { until } from '../testing/processes.ts';
import { insertRows } from '../testing/raw-rows.ts';
import { deleteSite } from './removal.ts';

let db: TestStore;
beforeEach(async () => {
  db = await testStore();
});
afterEach(() => db.drop());

async function tablesWith(site: string): Promise<string[]> {
  const tables = await db.store.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE column_name = 'site_id' AND table_type = 'BASE TABLE' AND table_schema = 'public' ORDER BY 1`,
  );
  const filled: string[] = [];
  for (const { name } of tables) {
    if ((await db.store.query(`SELECT FROM ${name} WHERE site_id = $1 LIMIT 1`, [site])).length > 0) filled.push(name);
  }
  return filled;
}

test('a rollup that has read the events before they go leaves nothing behind', async () => {
  await insertRows(db.store, [
    { at: '2026-03-10', country: 'SE' },
    { at: '2026-03-10', site_id: 'other' },
  ]);
  let deleted: Promise<number> | undefined;
  await db.store.transaction(async client => {
    await lockRollups(client);
    await rollUpDay(client, { site: 'site', day: '2026-03-10' });
    deleted = deleteSite(db.store, 'site');
    const waits = "SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()";
    await until('the deletion to wait', async () => (await db.store.query(waits)).length === 1);
  });
  expect(await deleted).toBe(1);
  expect(await tablesWith('site')).toEqual([]);
  expect(await tablesWith('other')).not.toEqual([]);
});

test('what PostgreSQL refused of a site goes too, and nothing that only speaks of it', async () => {
  const time = '2026-03-10T10:00:00.000Z';
  const payloads = [
    `${time}\tsite\tv\tpageview\t/`,
    `+058000-03-10T10:00:00.000Z\tsite\tv\tpageview\t/`,
    `${time}\tsites\tv\tpageview\t/`,
    `${time}\tother\tsite\tsite\tsite`,
    'nonsense',
  ];
  const sql = "INSERT INTO rejected_events (buffer, position, reason, payload) VALUES ('b', $1, '', $2)";
  for (const [i, payload] of payloads.entries()) await db.store.query(sql, [i, Buffer.from(payload)]);
  await deleteSite(db.store, 'site');
  const left = await db.store.query('SELECT position FROM rejected_events ORDER BY 1');
  expect(left).toEqual([{ position: '2' }, { position: '3' }, { position: '4' }]);
});

test('a token is for no later site of the same name', async () => {
  const sql = 'INSERT INTO api_tokens (name, hash, access, sites) VALUES ($1, $1, $2, $3)';
  for (const [name, sites] of [
    ['all', null],
    ['one', ['site']],
    ['other', ['other']],
    ['two', ['other', 'site']],
  ]) {
    await db.store.query(sql, [name, 'read', sites]);
  }
  await deleteSite(db.store, 'site');
  expect(await db.store.query('SELECT name, sites FROM api_tokens ORDER BY name')).toEqual([
    { name: 'all', sites: null },
    { name: 'other', sites: ['other'] },
    { name: 'two', sites: ['other'] },
  ]);
});
