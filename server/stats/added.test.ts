/** A day that was rolled up before its last events came: the answer is exact, and takes what is rolled up from there. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Site } from '../contract/site.ts';
import { DIMENSIONS } from '../contract/stats.ts';
import { ENGAGEMENT, type Event } from '../ingest/event.ts';
import { createLogger } from '../log.ts';
import { createRollup } from '../pipeline/rollup.ts';
import type { Store } from '../store/postgres.ts';
import { plainBreakdown, plainStats, plainTimeseries, readRows } from '../testing/plain-answers.ts';
import { testStore } from '../testing/postgres.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { storeEvents } from '../testing/store-events.ts';
import { createStats } from './stats.ts';

let store: Store;
let drop: () => Promise<void>;
let sites = 0;
let site: Site;

beforeAll(async () => {
  ({ store, drop } = await testStore());
});
afterAll(() => drop());
beforeEach(() => {
  site = sampleSite({ id: `site-${++sites}` });
});

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TODAY = Date.parse('2026-03-20');
const range = { from: TODAY - DAY, to: TODAY + DAY };
const [ANNA, BERT, CLEO] = ['a', 'b', 'c'].map(letter => letter.repeat(32));

const add = (visitor: string | undefined, hours: number, given: Partial<Event> = {}): Promise<void> => {
  const event = sampleEvent({ site: site.id, visitor: visitor ?? '', at: TODAY + Math.round(hours * HOUR), ...given });
  return store.transaction(client => storeEvents(client, [event]));
};

async function rollUp(): Promise<void> {
  const log = createLogger('silent', process.stderr);
  await createRollup({ store, interval: 0, log, now: () => TODAY + DAY }).refresh();
}

/** A morning that is rolled up: a visit of two pages, and one that was left at once. */
async function morning(): Promise<void> {
  await add(ANNA, 9, { path: '/' });
  await add(ANNA, 9.1, { path: '/about', referrerDomain: 'example.org' });
  await add(BERT, 10, { path: '/' });
  await rollUp();
}

async function expectExact(): Promise<void> {
  const rows = await readRows(store, site.id);
  const stats = createStats(store);
  expect(await stats.stats(site, range, [])).toEqual(plainStats(rows, range, []));
  for (const unit of ['hour', 'day'] as const) {
    const plain = plainTimeseries(rows, range, { unit, zone: site.timezone, filters: [] });
    expect(await stats.timeseries(site, range, unit, [])).toEqual(plain);
  }
  for (const by of DIMENSIONS) {
    expect([by, await stats.breakdown(site, by, range, 2, [])]).toEqual([by, plainBreakdown(rows, by, range, 2, [])]);
  }
}

test('a visitor who goes on, one who comes back and one who is new', async () => {
  await morning();
  await add(BERT, 10.2, { path: '/price', country: 'NO' });
  await add(BERT, 10.3, { name: ENGAGEMENT, path: '/price' });
  await add(ANNA, 15, { path: '/', name: 'signup' });
  await add(CLEO, 15.5, { path: '/new' });
  await expectExact();
});

test('what is rolled up is not read again', async () => {
  await morning();
  await store.query('UPDATE sessions_daily SET pageviews = pageviews + 1000 WHERE site_id = $1', [site.id]);
  await store.query("UPDATE pages_daily SET views = views + 1000 WHERE site_id = $1 AND value = '/'", [site.id]);
  await add(CLEO, 15, { path: '/new' });
  const stats = createStats(store);
  expect((await stats.stats(site, range, [])).pageviews.value).toBe(1004);
  expect(await stats.breakdown(site, 'url', range, 9, [])).toEqual([
    { x: '/', y: 1002, visitors: 2 },
    { x: '/about', y: 1, visitors: 1 },
    { x: '/new', y: 1, visitors: 1 },
  ]);
});

test('an event that divides a rolled up visit anew has the day read from events', async () => {
  await add(ANNA, 9);
  await add(ANNA, 9.9);
  await rollUp();
  await store.query('UPDATE sessions_daily SET pageviews = pageviews + 1000 WHERE site_id = $1', [site.id]);
  await add(ANNA, 9.45);
  await add(BERT, 10);
  await expectExact();
});

test('a late event of a visitor who was not seen then, and one that lies before all others', async () => {
  await morning();
  await add(CLEO, 8, { path: '/early' });
  await add(BERT, 14);
  await expectExact();
});

test('a day that was rolled up without a note of how far is read from events', async () => {
  await morning();
  await store.query('UPDATE sessions_daily SET up_to = NULL, pageviews = 1000 WHERE site_id = $1', [site.id]);
  await add(CLEO, 15);
  await expectExact();
});

test('of many days that were added to, each is exact', async () => {
  for (let day = 0; day < 4; day++) await add(ANNA, day * 24 - 48);
  await rollUp();
  for (let day = 0; day < 4; day++) await add(BERT, day * 24 - 47);
  await expectExact();
});
