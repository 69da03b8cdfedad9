/**
 * Questions over a plausible past: each endpoint over 24 hours to 90 days, just after a start of PostgreSQL, warm, and the
 * same answered from events alone; a busy today that is not rolled up, or was an hour ago; and what the rollups cost.
 *
 * Asked about the largest site. Cold: PostgreSQL has just started, its own caches are empty and the connection is new; the
 * machine's page cache stays as it is. Warm: the median of many times. Raw: every day is marked, so that events are read.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Site } from '../contract/site.ts';
import type { Dimension, Unit } from '../contract/stats.ts';
import type { Row } from '../ingest/event.ts';
import { createLogger } from '../log.ts';
import { storeRows } from '../pipeline/batch.ts';
import { createRollup } from '../pipeline/rollup.ts';
import { lockRollups, rollUpDay } from '../pipeline/rollup-day.ts';
import { createStats, type Range, type Stats } from '../stats/stats.ts';
import type { Store } from '../store/postgres.ts';
import { type Database, diskOf, migrated } from './database.ts';
import { type HistoryPlan, history, siteName } from './history.ts';
import { BATCH, seed } from './seed.ts';

export interface QueriesPlan {
  /** Where the database is made; removed by the caller. */
  dataDir: string;
  events: number;
  days: number;
  sites: number;
  /** How often each question is asked when warm. */
  times: number;
}

export interface QueriesReport {
  events: number;
  /** Events a second. */
  seeded: number;
  /** Bytes per event. */
  disk: { table: number; indexes: number; rollups: number };
  /** Milliseconds. */
  questions: Question[];
  /** The same with so many events of the site today. */
  today: { events: number; added: number; questions: BusyQuestion[] };
  /** Seconds: all days of the past, and one day with so many events, the median of several times. */
  rollup: { days: number; all: number; events: number; one: number };
}

interface Question {
  name: string;
  range: string;
  cold: number;
  warm: number;
  raw: number;
}

interface BusyQuestion {
  name: string;
  range: string;
  /** Nothing of today is rolled up. */
  unrolled: number;
  /** Today was rolled up an hour ago, and so many events were `added` since. */
  behind: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The past ends in the middle of a day, off the hour. */
const NOW = Date.parse('2026-03-31T14:20:00Z');
/** The busy today: 200,000 of its events are of the first site, and 100,000 of the third. */
const TODAY = { day: '2026-04-01', end: Date.parse('2026-04-02'), events: 560_000, third: siteName(2) };
const RANGES: Record<string, number> = { '24h': 1, '7d': 7, '30d': 30, '90d': 90 };
const UNITS: Unit[] = ['hour', 'day'];
const DIMENSIONS: Dimension[] = ['url', 'entry', 'referrer', 'country', 'browser', 'viewport'];
const RAW_TIMES = 3;

const site: Site = { id: siteName(0), origins: [], timezone: 'UTC', retention: null, declared: 'store', created: 0 };

type Ask = (stats: Stats, range: Range) => Promise<unknown>;

const QUESTIONS: [name: string, ask: Ask][] = [
  ['stats', (stats, range) => stats.stats(site, range, [])],
  ...UNITS.map((unit): [string, Ask] => [
    `timeseries ${unit}`,
    (stats, range) => stats.timeseries(site, range, unit, []),
  ]),
  ...DIMENSIONS.map((by): [string, Ask] => [
    `breakdown ${by}`,
    (stats, range) => stats.breakdown(site, by, range, 100, []),
  ]),
];

/** `say` is told what happens now. */
export async function benchQueries(plan: QueriesPlan, say: (text: string) => void): Promise<QueriesReport> {
  const database = await migrated(plan.dataDir);
  try {
    const { events, days, sites } = plan;
    say(`${events} events`);
    const seeding = await timed(() => seed(database.store, { events, days, sites, until: NOW }));
    say('rollups of all days');
    const rolling = await timed(() => rollupAt(database.store, NOW).refresh());
    await database.store.query('VACUUM ANALYZE');
    const { table, indexes, rollups } = await diskOf(database.store);
    const questions: Question[] = [];
    for (const [name, ask] of QUESTIONS) {
      for (const range of Object.keys(RANGES)) {
        say(`${name} ${range}`);
        questions.push({ name, range, ...(await measure(database, ask, rangeOf(range, NOW), plan.times)) });
      }
    }
    say('a busy today');
    const today = await benchToday(database.store, plan);
    const one = await median(RAW_TIMES, () => rollUpToday(database.store, TODAY.third));
    return {
      events,
      seeded: events / seeding.seconds,
      disk: { table: table / events, indexes: indexes / events, rollups: rollups / events },
      questions,
      today,
      rollup: {
        ...{ days: rolling.result.days, all: rolling.seconds },
        ...{ events: await eventsOf(database.store, TODAY.third), one: one / 1000 },
      },
    };
  } finally {
    await database.close();
  }
}

const rollupAt = (store: Store, now: number) =>
  createRollup({ store, interval: 0, log: createLogger('warn', process.stderr), now: () => now });

/** As the command line asks: until the end of the running hour or day. */
function rangeOf(range: string, now: number): Range {
  const unit = range === '24h' ? HOUR : DAY;
  const to = Math.ceil(now / unit) * unit;
  return { from: to - (RANGES[range] ?? 0) * DAY, to };
}

async function measure(
  database: Database,
  ask: Ask,
  range: Range,
  times: number,
): Promise<Pick<Question, 'cold' | 'warm' | 'raw'>> {
  await database.restart();
  const stats = createStats(database.store);
  const cold = await timed(() => ask(stats, range));
  const warm = await median(times, () => ask(stats, range));
  await database.store.query('INSERT INTO dirty_windows (site_id, day) SELECT site_id, day FROM sessions_daily');
  const raw = await timed(() => ask(stats, range));
  if (!isDeepStrictEqual(raw.result, cold.result)) throw new Error('rollups and events give different answers');
  const again = await median(RAW_TIMES, () => ask(stats, range));
  await database.store.query('DELETE FROM dirty_windows');
  return { cold: cold.seconds * 1000, warm, raw: again };
}

async function benchToday(store: Store, { times }: QueriesPlan): Promise<QueriesReport['today']> {
  const plan = { events: TODAY.events, days: 1, sites: 5, until: TODAY.end };
  await seed(store, plan);
  const events = await eventsOf(store, site.id);
  const stats = createStats(store);
  const asked = QUESTIONS.flatMap(([name, ask]) =>
    Object.keys(RANGES).map(range => {
      const measured = (): Promise<number> => median(times, () => ask(stats, rangeOf(range, TODAY.end)));
      return { name, range, measured };
    }),
  );
  const unrolled: number[] = [];
  for (const { measured } of asked) unrolled.push(await measured());
  await rollUpToday(store, site.id);
  await addLastHour(store, plan);
  const questions: BusyQuestion[] = [];
  for (const [i, { name, range, measured }] of asked.entries()) {
    questions.push({ name, range, unrolled: unrolled[i] ?? 0, behind: await measured() });
  }
  return { events, added: (await eventsOf(store, site.id)) - events, questions };
}

/** As the flush stores them, by other visitors. */
async function addLastHour(store: Store, plan: HistoryPlan): Promise<void> {
  let rows: Row[] = [];
  for (const hour of history({ ...plan, number: 1 })) rows = hour.rows;
  for (let i = 0; i < rows.length; i += BATCH) {
    await store.transaction(client => storeRows(client, rows.slice(i, i + BATCH)));
  }
}

async function rollUpToday(store: Store, id: string): Promise<void> {
  await store.transaction(async client => {
    await lockRollups(client);
    await client.query('INSERT INTO dirty_windows (site_id, day) VALUES ($1, $2)', [id, TODAY.day]);
    await rollUpDay(client, { site: id, day: TODAY.day });
  });
}

async function eventsOf(store: Store, id: string): Promise<number> {
  const [row] = await store.query<{ events: number }>(
    'SELECT count(*)::int AS events FROM raw_events WHERE site_id = $1 AND created_at >= $2 AND created_at < $2::date + 1',
    [id, TODAY.day],
  );
  return row?.events ?? 0;
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const started = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - started) / 1000 };
}

/** Milliseconds, after one time that does not count. */
async function median(times: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  const seconds: number[] = [];
  for (let i = 0; i < times; i++) seconds.push((await timed(work)).seconds);
  return (seconds.sort((a, b) => a - b)[times >> 1] ?? 0) * 1000;
}
