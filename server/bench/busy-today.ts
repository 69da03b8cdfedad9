/** Questions while today has 200,000 events that no rollup knows, and when today was rolled up an hour ago. */
import type { Row } from '../ingest/event.ts';
import { storeRows } from '../pipeline/batch.ts';
import { lockRollups, rollUpDay } from '../pipeline/rollup-day.ts';
import { createStats } from '../stats/stats.ts';
import type { Store } from '../store/postgres.ts';
import { type HistoryPlan, history, siteName } from './history.ts';
import { median, QUESTIONS, RANGES, rangeOf, site, timed } from './questions.ts';
import { BATCH, seed } from './seed.ts';

export interface BusyToday {
  /** Of the site, before those that were `added` to its rollup. */
  events: number;
  added: number;
  questions: BusyQuestion[];
}

interface BusyQuestion {
  name: string;
  range: string;
  /** Nothing of today is rolled up. */
  unrolled: number;
  /** Today was rolled up an hour ago, and so many events were `added` since. */
  behind: number;
}

/** 200,000 of its events are of the first site, and 100,000 of the third. */
const TODAY = { day: '2026-04-01', end: Date.parse('2026-04-02'), events: 560_000, third: siteName(2) };
const ROLLUPS = 3;

/** `times`: how often each question is asked. */
export async function benchToday(store: Store, times: number): Promise<BusyToday> {
  const plan = { events: TODAY.events, days: 1, sites: 5, until: TODAY.end };
  await seed(store, plan);
  const events = await eventsOf(store, site.id);
  const stats = createStats(store);
  const asked = QUESTIONS.flatMap(([name, ask]) =>
    RANGES.map(range => {
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

/** Seconds of the rollup of a day of so many events, the median of several: of a new day, and of one that has its rows. */
export interface DayRollup {
  events: number;
  one: number;
  again: number;
}

export async function benchRollup(store: Store): Promise<DayRollup> {
  const once = (): Promise<void> => rollUpToday(store, TODAY.third);
  const seconds: number[] = [];
  for (let i = 0; i < ROLLUPS; i++) {
    await store.query('DELETE FROM breakdowns_daily WHERE site_id = $1 AND day = $2', [TODAY.third, TODAY.day]);
    seconds.push((await timed(once)).seconds);
  }
  const one = seconds.sort((a, b) => a - b)[ROLLUPS >> 1] ?? 0;
  return { events: await eventsOf(store, TODAY.third), one, again: (await median(ROLLUPS, once)) / 1000 };
}

async function eventsOf(store: Store, id: string): Promise<number> {
  const [row] = await store.query<{ events: number }>(
    'SELECT count(*)::int AS events FROM raw_events WHERE site_id = $1 AND created_at >= $2 AND created_at < $2::date + 1',
    [id, TODAY.day],
  );
  return row?.events ?? 0;
}
