import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { createStats } from '../stats/stats.ts';
import type { Store } from '../store/postgres.ts';
import { testStore } from '../testing/postgres.ts';
import { until } from '../testing/processes.ts';
import { insertRows } from '../testing/raw-rows.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { createKeptLists } from './kept-lists.ts';
import { createRollup } from './rollup.ts';

const log = createLogger('silent', process.stderr);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YESTERDAY = Date.parse('2026-03-19');
const EVENING = YESTERDAY + 15 * HOUR;
const range = { from: EVENING, to: EVENING + DAY };
const site = sampleSite({ id: 'site' });

let store: Store;
let drop: () => Promise<void>;

beforeEach(async () => {
  ({ store, drop } = await testStore());
  await insertRows(store, [
    { at: '2026-03-19T14:59Z', url_path: '/early' },
    { at: '2026-03-19T15:00Z', url_path: '/a' },
    { at: '2026-03-19T23:59Z', url_path: '/a', visitor_hash: 'other' },
    { at: '2026-03-20T09:00Z', url_path: '/b' },
  ]);
  await rollUp();
});

afterEach(() => drop());

const rollUp = () => createRollup({ store, interval: 0, log, now: () => YESTERDAY + 2 * DAY }).refresh();

const kept = () =>
  store.query(
    `SELECT dimension, from_at, to_at, value, views, visitors FROM breakdowns_partial ORDER BY from_at, value`,
  );

/** Asks for pages; every list that a question had to read is kept as if that had taken `took` milliseconds. */
async function ask(took: number, asked = range): Promise<unknown> {
  const lists = createKeptLists(store, log);
  const answer = await createStats(store, { slow() {}, partial: list => lists.keep(list, took) }).breakdown(
    site,
    'url',
    asked,
    9,
    [],
  );
  // It is at the list now.
  await nextTurn();
  await lists.stop();
  return answer;
}

const ANSWER = [
  { x: '/a', y: 2, visitors: 2 },
  { x: '/b', y: 1, visitors: 1 },
];

test('the list of an evening that took long to read is kept, and read instead of its events', async () => {
  expect(await ask(9)).toEqual(ANSWER);
  expect(await kept()).toEqual([]);
  expect(await ask(10)).toEqual(ANSWER);
  const part = { dimension: 'url', from_at: new Date(EVENING), to_at: new Date(YESTERDAY + DAY) };
  expect(await kept()).toEqual([{ ...part, value: '/a', views: 2, visitors: 2 }]);
  await store.query('UPDATE breakdowns_partial SET views = 1000');
  expect(await ask(10)).toEqual([{ x: '/a', y: 1000, visitors: 2 }, ANSWER[1]]);
});

test('an event of that day has it read from events, until the rollup forgets the list', async () => {
  await ask(10);
  await insertRows(store, [{ at: '2026-03-19T20:00Z', url_path: '/late' }]);
  expect(await ask(10)).toEqual([...ANSWER, { x: '/late', y: 1, visitors: 1 }]);
  expect(await kept()).toMatchObject([{ value: '/a' }]);
  await rollUp();
  expect(await kept()).toEqual([]);
  await ask(10);
  expect(await kept()).toMatchObject([{ value: '/a' }, { value: '/late' }]);
});

test('a day has one list of each dimension, and what is of the day before yesterday goes', async () => {
  await ask(10);
  await ask(10, { from: EVENING + HOUR, to: range.to });
  expect(await kept()).toMatchObject([{ from_at: new Date(EVENING + HOUR), views: 1 }]);
  await store.query("UPDATE breakdowns_partial SET kept_at = now() - interval '25 hours'");
  await ask(10, { from: YESTERDAY - HOUR, to: YESTERDAY + 15 * HOUR });
  expect(await kept()).toMatchObject([{ from_at: new Date(YESTERDAY), value: '/early' }]);
});

test('a part that begins at any moment is not kept', async () => {
  expect(await ask(10, { from: EVENING - 1, to: range.to })).toEqual(ANSWER);
  expect(await kept()).toEqual([]);
});

test('all lists of a page of reports are kept, one after the other', async () => {
  const lists = createKeptLists(store, log);
  const stats = createStats(store, { slow() {}, partial: list => lists.keep(list, 10) });
  const asked = ['url', 'entry', 'exit'] as const;
  await Promise.all(asked.map(by => stats.breakdown(site, by, range, 9, [])));
  await until('all lists', async () => (await kept()).length === asked.length);
  await lists.stop();
});
