import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import removeSiteSql from '../../schema/queries/site.remove.sql';
import { createLogger } from '../log.ts';
import { openStore, type Store } from '../store/postgres.ts';
import { testStore } from '../testing/postgres.ts';
import { until } from '../testing/processes.ts';
import { insertRows } from '../testing/raw-rows.ts';
import { createRollup, type Rollup } from './rollup.ts';
import { lockRollups, rollUpDay } from './rollup-day.ts';

const log = createLogger('silent', process.stderr);

let store: Store;
let drop: () => Promise<void>;
let now: number;
const rollups: Rollup[] = [];

beforeEach(async () => {
  ({ store, drop } = await testStore());
  now = Date.parse('2026-03-20T12:00Z');
});

afterEach(async () => {
  for (const rollup of rollups.splice(0)) await rollup.stop();
  await drop();
});

function open(interval = 0, own = store): Rollup {
  const rollup = createRollup({ store: own, interval, log, now: () => now });
  rollups.push(rollup);
  return rollup;
}

const marks = () => store.query('SELECT site_id, day::text FROM dirty_windows GROUP BY 1, 2 ORDER BY 2, 1');
const days = () => store.query('SELECT day::text, pageviews, visits FROM sessions_daily ORDER BY 1');
const months = () => store.query('SELECT month::text FROM rolled_months ORDER BY 1');

test('fills the tables of the Go Muntra, and takes the marks', async () => {
  await insertRows(store, [
    { at: '2026-03-10T10:00:00Z', referrer_domain: 'example.org', country: 'SE' },
    { at: '2026-03-10T10:01:30Z', country: 'SE', url_path: '/a' },
    { at: '2026-03-10T12:00:00Z', visitor_hash: 'other', session_hash: 'other', country: 'SE', url_path: '/a' },
    { at: '2026-03-10T12:00:10Z', visitor_hash: 'other', session_hash: 'other', country: 'SE', event_name: 'signup' },
  ]);
  expect(await open().refresh()).toMatchObject({ days: 1 });
  expect(await marks()).toEqual([]);
  const row = async (table: string) =>
    (await store.query(`SELECT to_jsonb(t) AS row FROM ${table} t`)).map(({ row }) => row);
  const key = { site_id: 'site', day: '2026-03-10' };
  expect(await row('sessions_daily')).toEqual([
    { ...key, visitors: 2, visits: 2, pageviews: 3, bounces: 0, avg_duration: 50, duration_ms: 100_000, up_to: 4 },
  ]);
  expect(await row('referrers_daily')).toEqual([{ ...key, referrer_domain: 'example.org', views: 1, visitors: 1 }]);
  expect(await row('countries_daily')).toEqual([{ ...key, country: 'SE', views: 4, visitors: 2 }]);
  expect(await row('pageviews_hourly')).toEqual([
    { site_id: 'site', hour: '2026-03-10T10:00:00+00:00', url_path: '/', views: 1, uniques: 1 },
    { site_id: 'site', hour: '2026-03-10T10:00:00+00:00', url_path: '/a', views: 1, uniques: 1 },
    { site_id: 'site', hour: '2026-03-10T12:00:00+00:00', url_path: '/a', views: 1, uniques: 1 },
  ]);
});

test('recomputes what is marked and nothing else', async () => {
  await insertRows(store, [{ at: '2026-03-10' }, { at: '2026-03-11' }]);
  const rollup = open();
  await rollup.refresh();
  await store.query('UPDATE sessions_daily SET pageviews = 7');
  await insertRows(store, [{ at: '2026-03-11T01:00Z' }]);
  expect(await rollup.refresh()).toMatchObject({ days: 1 });
  expect(await days()).toEqual([
    { day: '2026-03-10', pageviews: 7, visits: 1 },
    { day: '2026-03-11', pageviews: 2, visits: 1 },
  ]);
  expect(await rollup.refresh()).toMatchObject({ days: 0 });
});

test('an event that is stored meanwhile leaves its mark, and nobody waits', async () => {
  await insertRows(store, [{ at: '2026-03-10' }]);
  await store.transaction(async client => {
    await client.query(
      "INSERT INTO raw_events (created_at, site_id, visitor_hash, session_hash, event_name, url_path) VALUES ('2026-03-10', 'site', 'v', 'v', 'pageview', '/')",
    );
    await client.query("INSERT INTO dirty_windows VALUES ('site', '2026-03-10')");
    expect(await open().refresh()).toMatchObject({ days: 1 });
  });
  expect(await marks()).toEqual([{ site_id: 'site', day: '2026-03-10' }]);
  await open().refresh();
  expect(await days()).toEqual([{ day: '2026-03-10', pageviews: 2, visits: 2 }]);
});

test('all tables of a day are rolled up from the same events, whatever is stored meanwhile', async () => {
  await insertRows(store, [{ at: '2026-03-10' }]);
  await store.transaction(async client => {
    const meddled = Object.assign(Object.create(client), {
      async query(sql: string, values: unknown[]) {
        const answer = await client.query(sql, values);
        if (sql.includes('INSERT INTO sessions_daily')) await insertRows(store, [{ at: '2026-03-10T01:00Z' }]);
        return answer;
      },
    });
    await rollUpDay(meddled, { site: 'site', day: '2026-03-10' });
  });
  const urls = await store.query("SELECT views FROM breakdowns_daily WHERE dimension = 'url'");
  expect([await days(), urls]).toEqual([[{ day: '2026-03-10', pageviews: 1, visits: 1 }], [{ views: 1 }]]);
});

test('a day that fails in the middle is as it was, marks and all', async () => {
  await insertRows(store, [{ at: '2026-03-10' }]);
  const failing = store.transaction(async client => {
    await rollUpDay(client, { site: 'site', day: '2026-03-10' });
    throw new Error('killed');
  });
  await expect(failing).rejects.toThrow('killed');
  expect([await marks(), await days()]).toEqual([[{ site_id: 'site', day: '2026-03-10' }], []]);
});

test('a day that cannot be rolled up is told once, and keeps no other day and no month waiting', async () => {
  const lines: string[] = [];
  const told = createLogger('error', { write: line => lines.push(line) });
  // Too long for an index.
  const referrer_domain = randomBytes(20_000).toString('base64');
  await insertRows(store, [
    { at: '2026-01-10' },
    { at: '2026-02-10', referrer_domain },
    { at: '2026-03-10' },
    { at: '2026-03-11', site_id: 'other' },
  ]);
  const rollup = createRollup({ store, interval: 0, log: told, now: () => now });
  for (let run = 0; run < 2; run++) await expect(rollup.refresh()).rejects.toMatchObject({ code: '54000' });
  expect(await marks()).toEqual([{ site_id: 'site', day: '2026-02-10' }]);
  expect((await days()).map(({ day }) => day)).toEqual(['2026-01-10', '2026-03-10', '2026-03-11']);
  expect(await months()).toEqual([{ month: '2026-01-01' }]);
  expect(lines.map(line => JSON.parse(line))).toEqual([expect.objectContaining({ site: 'site', day: '2026-02-10' })]);
});

test('instances that try at once roll up each day once', async () => {
  await insertRows(
    store,
    Array.from({ length: 10 }, (_, i) => ({ at: Date.UTC(2026, 2, 1 + i) })),
  );
  const answers = await Promise.all([open().refresh(), open().refresh(), open().refresh()]);
  expect(answers.reduce((sum, answer) => sum + answer.days, 0)).toBe(10);
  expect((await days()).length).toBe(10);
});

test('a month is added up when it is over, and again after a late event', async () => {
  await insertRows(store, [{ at: '2026-02-03' }, { at: '2026-02-04' }, { at: '2026-03-01' }]);
  const rollup = open();
  await rollup.refresh();
  expect(await months()).toEqual([{ month: '2026-02-01' }]);
  await insertRows(store, [{ at: '2026-02-04T01:00Z' }]);
  await rollup.refresh();
  expect(await months()).toEqual([{ month: '2026-02-01' }]);
  const urls = "SELECT value, views, visitors FROM breakdowns_monthly WHERE dimension = 'url'";
  expect(await store.query(urls)).toEqual([{ value: '/', views: 3, visitors: 2 }]);
});

test('a day that is rolled up again keeps the rows that are still true', async () => {
  const pages = () => store.query('SELECT value, views, ctid::text AS row FROM pages_daily ORDER BY value');
  await insertRows(store, [
    { at: '2026-03-20T10:00Z', url_path: '/a' },
    { at: '2026-03-20T10:01Z', url_path: '/b' },
    { at: '2026-03-20T10:02Z', url_path: '/c' },
  ]);
  await open().refresh();
  const [a] = await pages();
  await store.query("DELETE FROM raw_events WHERE url_path = '/c'");
  await insertRows(store, [{ at: '2026-03-20T11:00Z', url_path: '/b' }]);
  await open().refresh();
  expect(await pages()).toEqual([a, { value: '/b', views: 2, row: expect.any(String) }]);
});

test('the timer rolls up the days before today, and today once it is quiet', async () => {
  await insertRows(store, [{ at: '2026-03-19' }, { at: '2026-03-20' }]);
  const rollup = open(100);
  const busy = setInterval(
    () => store.query("INSERT INTO dirty_windows VALUES ('site', '2026-03-20')").catch(() => {}),
    20,
  );
  rollup.start();
  await until('yesterday', async () => (await days()).length === 1);
  await sleep(300);
  expect(await days()).toEqual([{ day: '2026-03-19', pageviews: 1, visits: 1 }]);
  clearInterval(busy);
  await until('today', async () => (await days()).length === 2);
  await rollup.stop();
  expect(await rollup.state()).toMatchObject({ waiting: 0, last: { at: now } });
});

test('the timer rolls up a busy today when it has grown by much, but not all the time', async () => {
  let count = 0;
  const counted = async () => (await days())[0]?.pageviews;
  const add = async (events: number) => {
    const first = Date.parse('2026-03-20') + count;
    const rows = Array.from({ length: events }, (_, i) => ({ at: first + i }));
    await insertRows(store, rows);
    // As the flush has it.
    await store.query('UPDATE dirty_windows SET added_from = $1 WHERE added_from IS NULL', [new Date(first)]);
    count += events;
  };
  const whileTimer = async (work: () => Promise<unknown>) => {
    const rollup = open(100);
    rollup.start();
    const mark = "INSERT INTO dirty_windows VALUES ('site', '2026-03-20', DEFAULT, '2026-03-21')";
    const busy = setInterval(() => store.query(mark).catch(() => {}), 5);
    await work().finally(() => clearInterval(busy));
    await rollup.stop();
  };
  await add(4_999);
  await whileTimer(() => sleep(350));
  expect(await counted()).toBeUndefined();
  await add(1);
  await whileTimer(() => until('5,000', async () => (await counted()) === 5_000));
  await add(4_999);
  await whileTimer(() => sleep(350));
  expect(await counted()).toBe(5_000);
  await add(1);
  await whileTimer(() => until('10,000', async () => (await counted()) === 10_000));
  await store.query('UPDATE sessions_daily SET pageviews = 200000');
  await add(9_999);
  await whileTimer(() => sleep(350));
  expect(await counted()).toBe(200_000);
  await add(1);
  await whileTimer(async () => {
    await until('20,000', async () => (await counted()) === 20_000);
    await add(5_000);
    await sleep(350);
    expect(await counted()).toBe(20_000);
    now += 60_000;
    await until('25,000', async () => (await counted()) === 25_000);
  });
});

test('a slow question has its site rolled up, today too, and not again at once', async () => {
  await insertRows(store, [{ at: '2026-03-20T01:00Z' }, { at: '2026-03-20', site_id: 'other' }]);
  const rollup = open(60_000);
  const today = () => store.query('SELECT site_id AS site, pageviews FROM sessions_daily');
  rollup.hurry('site');
  await until('today', async () => (await today()).length === 1);
  await insertRows(store, [{ at: '2026-03-20T02:00Z' }]);
  rollup.hurry('site');
  await sleep(100);
  expect(await today()).toEqual([{ site: 'site', pageviews: 1 }]);
  now += 60_000;
  rollup.hurry('site');
  await until('today anew', async () => (await today())[0]?.pageviews === 2);
});

test('where only the command rolls up, a slow question does not', async () => {
  await insertRows(store, [{ at: '2026-03-20T01:00Z' }]);
  const rollup = open(0);
  rollup.hurry('site');
  await rollup.stop();
  expect(await days()).toEqual([]);
});

test('marks of a day become two at most while it waits: the newest one, and the one that says most', async () => {
  await insertRows(store, [{ at: '2026-03-20T10:00Z' }]);
  const mark = (from: string | null) =>
    store.query("INSERT INTO dirty_windows VALUES ('site', '2026-03-20', DEFAULT, $1)", [from]);
  await store.query('DELETE FROM dirty_windows');
  for (const from of ['2026-03-20T11:00Z', '2026-03-20T10:00Z', '2026-03-20T12:00Z']) await mark(from);
  const rollup = open(50);
  rollup.start();
  const left = () => store.query("SELECT to_char(added_from, 'HH24') AS hour FROM dirty_windows ORDER BY mark");
  await until('two marks', async () => (await left()).length === 2);
  expect(await left()).toEqual([{ hour: '10' }, { hour: '12' }]);
  await store.query('DELETE FROM dirty_windows');
  for (const from of ['2026-03-20T10:00Z', null, '2026-03-20T12:00Z']) await mark(from);
  await until('two other marks', async () => (await left()).length === 2);
  await rollup.stop();
  expect(await left()).toEqual([{ hour: null }, { hour: '12' }]);
});

test('marks become no fewer while another instance takes those that say most', async () => {
  const mark = (hour: number) =>
    store.query(`INSERT INTO dirty_windows VALUES ('site', '2026-03-20', DEFAULT, '2026-03-20T${hour}:00Z')`);
  for (const hour of [10, 11]) await mark(hour);
  const rollup = open(60_000);
  await store.transaction(async client => {
    await lockRollups(client);
    await rollUpDay(client, { site: 'site', day: '2026-03-20' });
    for (const hour of [12, 13, 14]) await mark(hour);
    rollup.start();
    await sleep(300);
  });
  await rollup.stop();
  const left = await store.query("SELECT to_char(added_from, 'HH24') AS hour FROM dirty_windows ORDER BY mark");
  expect(left).toEqual([{ hour: '12' }, { hour: '14' }]);
});

test('a rebuild puts everything right, but keeps days whose events are dropped', async () => {
  await insertRows(store, [{ at: '2026-01-05' }, { at: '2026-03-10' }, { at: '2026-03-20' }]);
  const rollup = open();
  await rollup.refresh();
  await store.query("UPDATE sessions_daily SET pageviews = 7; DELETE FROM raw_events WHERE created_at < '2026-03-20'");
  await store.query("INSERT INTO pruned_sites VALUES ('site', '2026-02-01')");
  expect(await rollup.rebuild()).toMatchObject({ days: 2 });
  expect(await days()).toEqual([
    { day: '2026-01-05', pageviews: 7, visits: 1 },
    { day: '2026-03-10', pageviews: 0, visits: 0 },
    { day: '2026-03-20', pageviews: 1, visits: 1 },
  ]);
});

test('a removed site leaves no row in any table', async () => {
  await store.query("INSERT INTO sites (site_id) VALUES ('site')");
  await insertRows(store, [{ at: '2026-02-10', country: 'SE', referrer_domain: 'example.org' }, { at: '2026-03-10' }]);
  await open().refresh();
  await store.query(removeSiteSql, ['site']);
  const tables = await store.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE column_name = 'site_id' AND table_type = 'BASE TABLE' AND table_schema = 'public'`,
  );
  for (const { name } of tables)
    expect([name, await store.query(`SELECT * FROM ${name} WHERE site_id = 'site'`)]).toEqual([name, []]);
});

test('says how far behind it is, and that it does not know while PostgreSQL is away', async () => {
  await insertRows(store, [{ at: '2026-03-10' }, { at: '2026-03-11' }, { at: '2026-03-20' }]);
  expect(await open().state()).toEqual({ waiting: 2, last: null });
  const away = openStore({ host: '/nowhere' }, { log });
  expect(await open(0, away).state()).toEqual({ waiting: null, last: null });
  await away.close();
});
