import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { insertRows } from '../testing/raw-rows.ts';
import { readUsage } from './usage.ts';

const NOW = Date.UTC(2025, 10, 30, 12);
const DAY = 86_400_000;

let db: TestStore;
beforeEach(async () => {
  db = await testStore();
});
afterEach(() => db.drop());

test('usage adds up by site and table', async () => {
  await db.store.query(`INSERT INTO sites (site_id, retention_days) VALUES ('shop', NULL), ('quiet', 30);
    INSERT INTO drops_daily VALUES ('shop', '2025-11-29', 'bot', 2), ('shop', '2025-11-30', 'bot', 3),
      ('shop', '2025-10-01', 'bot', 100), ('', '2025-11-30', 'unknown_site', 7)`);
  const at = (days: number) => NOW - days * DAY;
  await insertRows(db.store, [
    ...[1, 2, 60, 90].map(days => ({ at: at(days), site_id: 'shop' })),
    { at: at(3), site_id: 'gone' },
  ]);
  const { bytes, events, retention, tables, sites } = await readUsage(db.store, 400, NOW);
  expect([events, retention]).toEqual([5, 400]);
  expect(sites).toEqual([
    { site: 'shop', retention: 400, events: 4, bytes: expect.any(Number), perDay: 2 / 30, drops: { bot: 5 } },
    { site: 'gone', retention: 400, events: 1, bytes: expect.any(Number), perDay: 1 / 30, drops: {} },
    { site: '', retention: 400, events: 0, bytes: 0, perDay: 0, drops: { unknown_site: 7 } },
    { site: 'quiet', retention: 30, events: 0, bytes: 0, perDay: 0, drops: {} },
  ]);
  const filled = tables.reduce((sum, table) => sum + table.bytes + table.indexes, 0);
  expect(sites.reduce((sum, site) => sum + site.bytes, 0)).toBeCloseTo(filled, -1);
  expect(filled).toBeLessThan(bytes);
  const names = tables.map(({ table }) => table);
  expect(names).toContain('raw_events');
  expect(names.filter(name => name.startsWith('raw_events'))).toHaveLength(1);
});

test('usage of an empty database is nothing', async () => {
  expect(await readUsage(db.store, 0, NOW)).toMatchObject({ events: 0, sites: [] });
});

test('the days of a young history are those it has', async () => {
  await insertRows(db.store, [
    { at: NOW - 2 * DAY, site_id: 'shop' },
    { at: NOW - DAY, site_id: 'shop' },
  ]);
  expect((await readUsage(db.store, 0, NOW)).sites[0]?.perDay).toBe(1);
});
