import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import dueSql from '../../schema/queries/prune.due.sql';
import type { Unit } from '../contract/stats.ts';
import { type Event, toRow } from '../ingest/event.ts';
import { createLogger } from '../log.ts';
import { bucketStarts } from '../stats/buckets.ts';
import { createStats } from '../stats/stats.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { storeEvents } from '../testing/store-events.ts';
import { storeOrReject } from './rejected.ts';
import { createRetention, type Retention } from './retention.ts';
import { createRollup } from './rollup.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2025, 11, 15, 12);
const log = createLogger('silent', process.stdout);

let db: TestStore;
let retention: Retention;
beforeEach(async () => {
  db = await testStore();
  retention = retain(60);
});
afterEach(() => db.drop());

const rollup = () => createRollup({ store: db.store, interval: 0, log, now: () => NOW });
const retain = (days: number): Retention =>
  createRetention({ store: db.store, rollup: rollup(), days, log, now: () => NOW });
const event = (site: string, day: string, given: Partial<Event> = {}): Event =>
  sampleEvent({ site, at: Date.parse(`${day}T12:00:00Z`), ...given });
const add = (...events: Event[]): Promise<void> => db.store.transaction(client => storeEvents(client, events));

/** `site day` of each event that is there. */
async function left(): Promise<string[]> {
  const rows = await db.store.query<{ event: string }>(
    "SELECT site_id || ' ' || created_at::date AS event FROM raw_events ORDER BY 1",
  );
  return rows.map(({ event }) => event);
}

async function months(): Promise<string[]> {
  const sql =
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'raw_events'::regclass ORDER BY 1";
  return (await db.store.query<{ name: string }>(sql)).map(({ name }) => name);
}

/** Figures of all whole days. */
async function answers(site: string): Promise<unknown> {
  const stats = createStats(db.store);
  const known = sampleSite({ id: site });
  const range = { from: Date.UTC(2025, 7, 1), to: Math.floor(NOW / DAY) * DAY };
  return [
    await stats.stats(known, range, []),
    await stats.timeseries(known, range, 'day', []),
    await stats.breakdown(known, 'url', range, 100, []),
  ];
}

test('events past their retention go, whole days of them, and the figures stay', async () => {
  await add(event('a', '2025-09-10'), event('a', '2025-10-15', { path: '/x' }), event('a', '2025-10-16'));
  await add(event('b', '2025-09-11'), event('b', '2025-12-14'));
  const before = await Promise.all([answers('a'), answers('b')]);
  const plan = await retention.plan();
  expect(plan.sites).toEqual([
    { site: 'a', retention: 60, before: '2025-10-16', events: 2, bytes: expect.any(Number) },
    { site: 'b', retention: 60, before: '2025-10-16', events: 1, bytes: expect.any(Number) },
  ]);
  expect(plan.sites[0]?.bytes).toBeGreaterThan(2 * 150);
  expect(await left()).toHaveLength(5);

  expect(await retention.prune()).toEqual(plan);
  expect(await left()).toEqual(['a 2025-10-16', 'b 2025-12-14']);
  expect(await months()).toEqual(['raw_events_2025_10', 'raw_events_2025_12']);
  expect(await Promise.all([answers('a'), answers('b')])).toEqual(before);

  expect(await retention.prune()).toEqual({ sites: [] });
  await rollup().rebuild();
  expect(await Promise.all([answers('a'), answers('b')])).toEqual(before);
});

/** Pageviews of `unit`s of a pruned week in early October, and those of each page in the same days, one question a day. */
async function week(timezone: string, unit: Unit): Promise<{ points: number[]; pages: number; total: number }> {
  const stats = createStats(db.store);
  const site = sampleSite({ id: 'a', timezone });
  const days = bucketStarts({ from: Date.UTC(2025, 9, 2, 6), to: Date.UTC(2025, 9, 9) }, 'day', timezone);
  const [from = 0, to = 0] = [days[0], days.at(-1)];
  let pages = 0;
  for (const [i, day] of days.slice(0, -1).entries()) {
    const rows = await stats.breakdown(site, 'url', { from: day, to: days[i + 1] ?? 0 }, 100, []);
    pages += rows.reduce((sum, { y }) => sum + y, 0);
  }
  const { points } = await stats.timeseries(site, { from, to }, unit, []);
  const { pageviews } = await stats.stats(site, { from, to }, []);
  return { points: points.map(({ pageviews }) => pageviews), pages, total: pageviews.value };
}

test('local days and hours of pruned days stay exact; breakdowns count a UTC day where its noon is', async () => {
  await db.store.query("INSERT INTO sites (site_id, timezone) VALUES ('a', 'Europe/Stockholm')");
  const hours = Array.from({ length: 12 * 24 }, (_, i) => Date.UTC(2025, 9, 1) + i * 3_600_000);
  await add(
    ...hours.flatMap(at =>
      Array.from({ length: 1 + (new Date(at).getUTCHours() % 5) }, () => sampleEvent({ site: 'a', at })),
    ),
  );
  const before = { days: await week('Europe/Stockholm', 'day'), hours: await week('Europe/Stockholm', 'hour') };
  const elsewhere = await week('Asia/Kathmandu', 'day');
  await retention.prune();
  expect(await left()).toEqual([]);
  expect(await week('Europe/Stockholm', 'day')).toEqual(before.days);
  expect(await week('Europe/Stockholm', 'hour')).toEqual(before.hours);
  // Its hours are not those of the rollup: whole UTC days, each counted once.
  const moved = await week('Asia/Kathmandu', 'day');
  expect([moved.points, moved.pages, moved.total]).toEqual([Array(7).fill(70), 7 * 70, 7 * 70]);
  expect(elsewhere.total).toBe(7 * 70);
});

test('a large backlog is not read to find that there is one', async () => {
  const old = Array.from({ length: 5_000 }, (_, i) =>
    sampleEvent({ site: `s${i % 2}`, at: Date.UTC(2025, 7, 1) + i * 600_000 }),
  );
  await add(...old, event('s0', '2025-12-14'), event('quiet', '2025-12-14'));
  await db.store.query('ANALYZE');
  const lines = await db.store.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE) ${dueSql}`, [60, '2025-12-15']);
  const reads = lines.map(line => line['QUERY PLAN']).filter(line => line.includes('on raw_events_'));
  const rows = reads.map(line => Number(/actual.* rows=([\d.]+) /.exec(line)?.[1] ?? 0));
  expect(rows.length).toBeGreaterThan(0);
  expect(Math.max(...rows)).toBeLessThanOrEqual(1);
  expect((await retention.prune()).sites.map(({ site }) => site)).toEqual(['s0', 's1']);
  expect(await left()).toHaveLength(2);
});

test('a day that cannot be rolled up keeps the events of its site alone', async () => {
  // Too long for an index.
  const referrerDomain = randomBytes(20_000).toString('base64');
  await add(event('a', '2025-09-10', { referrerDomain }), event('b', '2025-09-11'));
  expect((await retention.prune()).sites.map(({ site }) => site)).toEqual(['b']);
  expect(await left()).toEqual(['a 2025-09-10']);
});

test('a site may say otherwise', async () => {
  await db.store.query("INSERT INTO sites (site_id, retention_days) VALUES ('long', 0), ('short', 7)");
  await add(event('long', '2025-09-10'), event('short', '2025-12-01'), event('short', '2025-12-08'));
  await retain(0).prune();
  expect(await left()).toEqual(['long 2025-09-10', 'short 2025-12-08']);
  await retention.prune();
  expect(await left()).toEqual(['long 2025-09-10', 'short 2025-12-08']);
});

test('what comes later for such a day is refused, and harms nothing else', async () => {
  await add(event('a', '2025-09-10'), event('b', '2025-12-01'));
  await retention.prune();
  const before = await answers('a');
  const late = [event('a', '2025-09-10'), event('a', '2025-10-16'), event('b', '2025-09-10')];
  const entries = late.map((event, i) => ({ position: String(i), row: toRow(event) }));
  const rejected = await db.store.transaction(client => storeOrReject(client, entries));
  expect(rejected.map(({ position, reason }) => [position, reason])).toEqual([
    ['0', '2025-09-10 is past the retention of site a: its events before 2025-10-16 are dropped'],
  ]);
  expect(await left()).toEqual(['a 2025-10-16', 'b 2025-09-10', 'b 2025-12-01']);
  await rollup().refresh();
  expect(await answers('a')).not.toEqual(before);
  await retention.prune();
  expect(await left()).toEqual(['a 2025-10-16', 'b 2025-12-01']);
});

test('a run that died half-way is made good, and rollups are not made from what it left', async () => {
  await add(event('a', '2025-09-10'), event('a', '2025-09-11'), event('a', '2025-12-01'));
  await rollup().refresh();
  const before = await answers('a');
  await db.store.query("INSERT INTO pruned_sites VALUES ('a', '2025-10-16')");
  await db.store.query("DELETE FROM raw_events WHERE created_at < '2025-09-11'");
  await rollup().rebuild();
  expect(await answers('a')).toEqual(before);
  await retention.prune();
  expect(await left()).toEqual(['a 2025-12-01']);
  expect(await answers('a')).toEqual(before);
});

test('a month in use is dropped the next time, its events at once', async () => {
  await add(event('a', '2025-09-10'));
  await db.store.transaction(async client => {
    await client.query('SELECT FROM raw_events_2025_09');
    await retention.prune();
    expect(await months()).toEqual(['raw_events_2025_09']);
  });
  expect(await left()).toEqual([]);
  await retention.prune();
  expect(await months()).toEqual([]);
});

test('instances that prune at once do no harm', async () => {
  await add(...Array.from({ length: 90 }, (_, i) => sampleEvent({ site: `s${i % 3}`, at: NOW - i * DAY })));
  const before = await answers('s0');
  await Promise.all([retain(60).prune(), retain(60).prune(), retain(60).prune()]);
  expect(await left()).toHaveLength(61);
  expect(await answers('s0')).toEqual(before);
});

test('what was refused goes after 30 days, or as soon as the events of any site', async () => {
  const left = () => db.store.query<{ position: string }>('SELECT position FROM rejected_events ORDER BY position');
  const positions = async () => (await left()).map(({ position }) => position);
  await db.store.query(
    `INSERT INTO rejected_events (rejected_at, buffer, position, reason, payload)
     SELECT to_timestamp($1 / 1000.0) - make_interval(days => n), 'spool', n, 'a reason', '' FROM unnest($2::int[]) AS n`,
    [NOW, [1, 9, 29, 31]],
  );
  await retain(0).prune();
  expect(await positions()).toEqual(['1', '29', '9']);
  await db.store.query("INSERT INTO sites (site_id, retention_days) VALUES ('a', 10)");
  await retain(0).prune();
  expect(await positions()).toEqual(['1', '9']);
});
