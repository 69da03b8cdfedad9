/**
 * Questions over a plausible past: each endpoint over 24 hours to 90 days, just after a start of PostgreSQL, warm, and the
 * same answered from events alone; a busy today that is not rolled up, or was an hour ago; and what the rollups cost.
 *
 * Asked about the largest site. Cold: PostgreSQL has just started, its own caches are empty and the connection is new; the
 * machine's page cache stays as it is. Warm: the median of many times. Raw: every day is marked, so that events are read.
 */
import { isDeepStrictEqual } from 'node:util';
import { createLogger } from '../log.ts';
import { createKeptLists } from '../pipeline/kept-lists.ts';
import { createRollup } from '../pipeline/rollup.ts';
import { createStats, type Range } from '../stats/stats.ts';
import type { Store } from '../store/postgres.ts';
import { type BusyToday, benchRollup, benchToday, type DayRollup } from './busy-today.ts';
import { type Database, diskOf, migrated } from './database.ts';
import { type Ask, median, QUESTIONS, RANGES, rangeOf, timed } from './questions.ts';
import { seed } from './seed.ts';

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
  today: BusyToday;
  /** Seconds: all days of the past, and one day. */
  rollup: { days: number; all: number } & DayRollup;
}

interface Question {
  name: string;
  range: string;
  cold: number;
  warm: number;
  raw: number;
}

/** The past ends in the middle of a day, off the hour. */
const NOW = Date.parse('2026-03-31T14:20:00Z');
const RAW_TIMES = 3;

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
      for (const range of RANGES) {
        say(`${name} ${range}`);
        questions.push({ name, range, ...(await measure(database, ask, rangeOf(range, NOW), plan.times)) });
      }
    }
    say('a busy today');
    const today = await benchToday(database.store, plan.times);
    const one = await benchRollup(database.store);
    return {
      events,
      seeded: events / seeding.seconds,
      disk: { table: table / events, indexes: indexes / events, rollups: rollups / events },
      questions,
      today,
      rollup: { days: rolling.result.days, all: rolling.seconds, ...one },
    };
  } finally {
    await database.close();
  }
}

const log = createLogger('warn', process.stderr);

const rollupAt = (store: Store, now: number) => createRollup({ store, interval: 0, log, now: () => now });

async function measure(
  database: Database,
  ask: Ask,
  range: Range,
  times: number,
): Promise<Pick<Question, 'cold' | 'warm' | 'raw'>> {
  await database.restart();
  const keptLists = createKeptLists(database.store, log);
  const stats = createStats(database.store, { slow() {}, partial: keptLists.keep });
  const cold = await timed(() => ask(stats, range));
  const warm = await median(times, () => ask(stats, range));
  await keptLists.stop();
  await database.store.query('INSERT INTO dirty_windows (site_id, day) SELECT site_id, day FROM sessions_daily');
  const raw = await timed(() => ask(stats, range));
  if (!isDeepStrictEqual(raw.result, cold.result)) throw new Error('rollups and events give different answers');
  const again = await median(RAW_TIMES, () => ask(stats, range));
  await database.store.query('DELETE FROM dirty_windows');
  return { cold: cold.seconds * 1000, warm, raw: again };
}
