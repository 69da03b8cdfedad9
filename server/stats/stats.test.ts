import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Filter, Grouping } from '../contract/stats.ts';
import type { Store } from '../store/postgres.ts';
import { testStore } from '../testing/postgres.ts';
import { insertRows, type RawRow } from '../testing/raw-rows.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { createStats, type Stats } from './stats.ts';

let store: Store;
let drop: () => Promise<void>;
let stats: Stats;

const site = sampleSite({ id: 'site' });
const range = (from: string, to: string) => ({ from: Date.parse(from), to: Date.parse(to) });
const MARCH = range('2026-03-01Z', '2026-04-01Z');

/** Ann: three pages and a sign-up in one visit, then a bounce. Bob: a bounce that was read for a minute. Next day, Ann anew. */
const ROWS: RawRow[] = [
  {
    at: '2026-03-10T10:00:00Z',
    visitor_hash: 'ann',
    session_hash: 'ann-1',
    url_path: '/',
    referrer_domain: 'example.org',
    country: 'SE',
  },
  { at: '2026-03-10T10:01:00Z', visitor_hash: 'ann', session_hash: 'ann-1', url_path: '/a', country: 'SE' },
  { at: '2026-03-10T10:02:00Z', visitor_hash: 'ann', session_hash: 'ann-1', url_path: '/a', country: 'SE' },
  {
    at: '2026-03-10T10:02:30.500Z',
    visitor_hash: 'ann',
    session_hash: 'ann-1',
    url_path: '/a',
    country: 'SE',
    event_name: 'signup',
    event_data: { plan: 'pro', seats: 3 },
  },
  { at: '2026-03-10T12:00:00Z', visitor_hash: 'ann', session_hash: 'ann-2', url_path: '/b', country: 'SE' },
  {
    at: '2026-03-10T23:58:00Z',
    visitor_hash: 'bob',
    session_hash: 'bob-1',
    url_path: '/a',
    referrer_domain: 'example.org',
  },
  { at: '2026-03-10T23:59:00Z', visitor_hash: 'bob', session_hash: 'bob-1', url_path: '/a', event_name: 'engagement' },
  { at: '2026-03-11T00:00:00Z', visitor_hash: 'cat', session_hash: 'cat-1', url_path: '/ünïcode/😀', country: 'DE' },
  { at: '2026-03-10T10:00:00Z', site_id: 'other', visitor_hash: 'dan', session_hash: 'dan-1' },
];

beforeAll(async () => {
  ({ store, drop } = await testStore());
  stats = createStats(store);
  await insertRows(store, ROWS);
});
afterAll(() => drop());

const is = (dimension: Filter['dimension'], value: string): Filter => ({ dimension, op: 'is', value });

async function breakdown(
  by: Grouping,
  filters: Filter[] = [],
  within = MARCH,
  limit = 100,
): Promise<[string, number, number][]> {
  const rows = await stats.breakdown(site, by, within, limit, filters);
  return rows.map(({ x, y, visitors }) => [x, y, visitors]);
}

test('totals of a range, with the period before', async () => {
  const answer = await stats.stats(site, range('2026-03-11Z', '2026-03-12Z'), []);
  expect(answer).toEqual({
    pageviews: { value: 1, prev: 5 },
    visitors: { value: 1, prev: 2 },
    visits: { value: 1, prev: 3 },
    bounces: { value: 1, prev: 2 },
    duration: { value: 0, prev: 210 },
  });
});

test('totals of a range without events are zeros', async () => {
  const { pageviews, duration } = await stats.stats(site, range('2025-03-11Z', '2025-03-12Z'), []);
  expect([pageviews, duration]).toEqual([
    { value: 0, prev: 0 },
    { value: 0, prev: 0 },
  ]);
});

test('a range cuts a visit: what lies outside is not counted, and a visit of time reports alone is none', async () => {
  const { visits, bounces, duration } = await stats.stats(site, range('2026-03-10T10:00Z', '2026-03-10T10:01Z'), []);
  expect([visits.value, bounces.value, duration.value]).toEqual([1, 1, 0]);
  const reports = await stats.stats(site, range('2026-03-10T23:58:30Z', '2026-03-11T00:00Z'), []);
  expect([reports.visits.value, reports.visitors.value, reports.duration.value]).toEqual([0, 0, 0]);
});

test('filters pick events; their visits count with all they are', async () => {
  const { pageviews, visits, visitors, bounces, duration } = await stats.stats(site, MARCH, [is('url', '/a')]);
  expect([pageviews, visits, visitors, bounces, duration].map(change => change.value)).toEqual([3, 2, 2, 1, 210]);
});

test.each([
  [[is('country', 'SE')], 2],
  [[is('country', '')], 1],
  [[{ dimension: 'country', op: 'is_not', value: 'SE' }], 2],
  [[{ dimension: 'url', op: 'contains', value: '😀' }], 1],
  [[{ dimension: 'url', op: 'starts_with', value: '/a' }], 2],
  [[{ dimension: 'url', op: 'contains', value: '%' }], 0],
  [[is('referrer', 'example.org')], 2],
  [[is('event', 'signup')], 1],
  [[is('entry', '/')], 1],
  [[is('exit', '/a')], 2],
  [[is('entry', '/'), is('url', '/b')], 0],
  [[is('url', "'; DROP TABLE raw_events; --")], 0],
] as [Filter[], number][])('visits of %j', async (filters, visits) => {
  expect((await stats.stats(site, MARCH, filters)).visits.value).toBe(visits);
});

test('text that PostgreSQL cannot hold is refused', async () => {
  await expect(stats.stats(site, MARCH, [is('url', 'a\0')])).rejects.toMatchObject({ code: 'bad_request' });
});

test.each([
  [
    'url',
    [
      ['/a', 4, 2],
      ['/', 1, 1],
      ['/b', 1, 1],
      ['/ünïcode/😀', 1, 1],
    ],
  ],
  ['referrer', [['example.org', 2, 2]]],
  [
    'country',
    [
      ['SE', 5, 1],
      ['DE', 1, 1],
    ],
  ],
  ['event', [['signup', 1, 1]]],
  [
    'entry',
    [
      ['/a', 1, 1],
      ['/', 1, 1],
      ['/b', 1, 1],
      ['/ünïcode/😀', 1, 1],
    ].toSorted(),
  ],
  [
    'exit',
    [
      ['/a', 2, 2],
      ['/b', 1, 1],
      ['/ünïcode/😀', 1, 1],
    ],
  ],
  [{ event: 'signup', property: 'plan' }, [['pro', 1, 1]]],
  [{ event: 'signup', property: 'seats' }, [['3', 1, 1]]],
  [{ event: 'signup', property: 'none' }, []],
] as [Grouping, [string, number, number][]][])('breakdown by %j', async (by, expected) => {
  expect(await breakdown(by)).toEqual(expected);
});

test('of pages at the same moment, the first one stored is the entry and the last one the exit', async () => {
  const at = '2026-03-10T10:00:00Z';
  await insertRows(
    store,
    ['/b', '/a', '/c', '/b2'].map(url_path => ({ at, site_id: 'moment', url_path })),
  );
  const moment = { ...site, id: 'moment' };
  expect(await stats.breakdown(moment, 'entry', MARCH, 9, [])).toEqual([{ x: '/b', y: 1, visitors: 1 }]);
  expect(await stats.breakdown(moment, 'exit', MARCH, 9, [])).toEqual([{ x: '/b2', y: 1, visitors: 1 }]);
});

test('a breakdown takes filters, its limit and its range', async () => {
  expect(await breakdown('url', [is('country', 'SE')], MARCH, 1)).toEqual([['/a', 3, 1]]);
  expect(await breakdown('entry', [is('event', 'signup')])).toEqual([['/', 1, 1]]);
  expect(await breakdown('exit', [], range('2026-03-10T10:00Z', '2026-03-10T10:01Z'))).toEqual([['/', 1, 1]]);
  expect(await breakdown({ event: 'signup', property: 'plan' }, [is('url', '/')])).toEqual([]);
});

test('days of a time series follow the time zone of the site; empty ones are there', async () => {
  const stockholm = { ...site, timezone: 'Europe/Stockholm' };
  const within = range('2026-03-09T23:00Z', '2026-03-12T23:00Z');
  const { points } = await stats.timeseries(stockholm, within, 'day', []);
  expect(points).toEqual([
    { x: Date.parse('2026-03-09T23:00Z'), pageviews: 4, sessions: 2, visitors: 1 },
    { x: Date.parse('2026-03-10T23:00Z'), pageviews: 2, sessions: 2, visitors: 2 },
    { x: Date.parse('2026-03-11T23:00Z'), pageviews: 0, sessions: 0, visitors: 0 },
  ]);
});

test('hours of a time series, with a filter', async () => {
  const { unit, points } = await stats.timeseries(site, range('2026-03-10T10:02Z', '2026-03-10T12:30Z'), 'hour', [
    is('country', 'SE'),
  ]);
  expect(unit).toBe('hour');
  expect(
    points.map(point => [new Date(point.x).getUTCHours(), point.pageviews, point.sessions, point.visitors]),
  ).toEqual([
    [10, 1, 1, 1],
    [11, 0, 0, 0],
    [12, 1, 1, 1],
  ]);
});

test('live counts the visitors of the last five minutes, time reports left out', async () => {
  const at = async (text: string) => (await stats.live(site, Date.parse(text), [])).active;
  expect(await at('2026-03-10T10:04:00Z')).toBe(1);
  expect(await at('2026-03-11T00:00:00Z')).toBe(2);
  expect(await at('2026-03-11T00:04:00Z')).toBe(1);
});

test('live tells the last 30 minutes, and what was seen in them', async () => {
  const now = Date.parse('2026-03-10T10:02:40Z');
  const live = await stats.live(site, now, []);
  expect(live.at).toBe(now);
  expect(live.minutes.map(({ x }) => (now - 40_000 - x) / 60_000)).toEqual(
    Array.from({ length: 30 }, (_, i) => 29 - i),
  );
  expect(live.minutes.slice(-4).map(({ pageviews }) => pageviews)).toEqual([0, 1, 1, 1]);
  expect(live.last).toEqual([
    { at: Date.parse('2026-03-10T10:02:00Z'), url: '/a', country: 'SE' },
    { at: Date.parse('2026-03-10T10:01:00Z'), url: '/a', country: 'SE' },
    { at: Date.parse('2026-03-10T10:00:00Z'), url: '/', country: 'SE' },
  ]);
  expect([live.pages[0], live.referrers[0]?.x, live.countries[0]?.y]).toEqual([
    { x: '/a', y: 3, visitors: 1 },
    'example.org',
    4,
  ]);
  const presence = { active: 1, visitors: { value: 1, prev: 0 }, pageviews: { value: 3, prev: 0 } };
  expect(live).toMatchObject(presence);
  expect(await stats.presence(site, now, [])).toEqual(presence);
  const filtered = await stats.live(site, now, [is('url', '/')]);
  expect([filtered.active, filtered.last.length, filtered.pages.length]).toEqual([1, 1, 1]);
  expect((await stats.live(site, now, [is('country', 'DE')])).last).toEqual([]);
});

test('live compares with the same 30 minutes a week before', async () => {
  const now = Date.parse('2026-03-17T10:02:40Z');
  const at = async (later: number, filters: Filter[] = []) => {
    const { active, visitors, pageviews } = await stats.live(site, now + later, filters);
    return [active, visitors, pageviews];
  };
  const [none, one] = [
    { value: 0, prev: 0 },
    { value: 0, prev: 1 },
  ];
  expect(await at(0)).toEqual([0, one, { value: 0, prev: 3 }]);
  expect(await at(0, [is('url', '/')])).toEqual([0, one, one]);
  // The first pageview, of 10:00:00, is in the 30 minutes until 10:29 is over; a later one not before its time.
  expect(await at(27 * 60_000 + 19_999)).toEqual([0, one, { value: 0, prev: 3 }]);
  expect(await at(27 * 60_000 + 20_000)).toEqual([0, one, { value: 0, prev: 2 }]);
  expect(await at(-40_001)).toEqual([0, one, { value: 0, prev: 2 }]);
  expect(await at(86_400_000)).toEqual([0, none, none]);
});

test('minutes of a time series', async () => {
  const { points } = await stats.timeseries(site, range('2026-03-10T10:01:30Z', '2026-03-10T10:04Z'), 'minute', []);
  expect(points.map(({ pageviews, sessions }) => [pageviews, sessions])).toEqual([
    [0, 0],
    [1, 1],
    [0, 0],
  ]);
});

test('a question that PostgreSQL ends, as after a minute, is told what to do', async () => {
  const cancel = async (): Promise<void> => {
    const waiting =
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while ((await store.query(waiting)).length === 0) await sleep(10);
  };
  await store.transaction(async client => {
    await client.query('LOCK raw_events IN ACCESS EXCLUSIVE MODE');
    const asked = stats.stats(site, { from: 0, to: 1 }, [{ dimension: 'url', op: 'is', value: '/' }]);
    const refused = { code: 'store_unavailable', hint: expect.stringContaining('smaller time range') };
    await Promise.all([expect(asked).rejects.toMatchObject(refused), cancel()]);
  });
});
