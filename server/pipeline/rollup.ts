/**
 * Brings the rollups up to the events, marked day by marked day, each in a transaction of its own; then months whose
 * days are over and clean. Several instances may try at once: one works, the others find the marks gone.
 *
 * A busy site marks today with every flush, and until midnight today's rollup is behind after the next event. So the timer
 * leaves today alone until it has been quiet for an interval, or has grown by so much that questions would feel it: they
 * read what was added since. Where people look at a today that takes long to read, it is rolled up meanwhile.
 */
import type { PoolClient } from 'pg';
import grownSql from '../../schema/queries/rollup.grown.sql';
import markAllSql from '../../schema/queries/rollup.mark_all.sql';
import type { RollupAnswer, SystemAnswer } from '../contract/system.ts';
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/postgres.ts';
import { asRollup, rollUpDay, rollUpMonth, type SiteDay } from './rollup-day.ts';
import { type Marked, markedDays, monthsToAddUp } from './rollup-queue.ts';

export interface Rollup {
  /**
   * Rolls up all marked days, today's too. Throws MuntraError `store_unavailable`, or what the first of the days and months
   * that cannot be rolled up met, once all others are.
   */
  refresh(): Promise<RollupAnswer>;
  /** Marks all days, then as `refresh`. */
  rebuild(): Promise<RollupAnswer>;
  /** A question about the site was slow: rolls up its marked days, unless it did so lately. At once; never throws. */
  hurry(site: string): void;
  /** For `/api/system`; never throws. */
  state(): Promise<SystemAnswer['rollup']>;
  /** Refreshes at once and then every `interval`; does nothing if the interval is 0. */
  start(): void;
  /** Ends after the day it is at. */
  stop(): Promise<void>;
}

export interface RollupOptions {
  store: Store;
  /** Milliseconds; 0: no timer. */
  interval: number;
  log: Logger;
  now: () => number;
}

/**
 * Events of a site's today that questions may have to read before the timer rolls it up once more: 20 to 40 ms. A twentieth
 * of a larger day: all its rollups together then read each event twenty times.
 */
const GROWN = 5_000;

/** Days that the log tells of. */
const MOST_TOLD = 1_000;

/** After a failure the next try comes no later. */
const RETRY = 60_000;
/** Rolling up a today that goes on growing takes at most a twentieth of the time, and not more than once a minute. */
const [REST, REST_AT_LEAST] = [20, 60_000];

const WAITING = 'SELECT count(DISTINCT (site_id, day))::int AS waiting FROM dirty_windows WHERE day < $1';

export function createRollup({ store, interval, log, now }: RollupOptions): Rollup {
  let last: SystemAnswer['rollup']['last'] = null;
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  /** The newest mark that each site had for today when the timer last looked. */
  let seen = new Map<string, string>();
  /** Sites and days of which the log has told that they cannot be rolled up. */
  const failing = new Set<string>();
  /** Until when a site's today is left alone, unless it is quiet. */
  const resting = new Map<string, number>();

  const today = (): string => new Date(now()).toISOString().slice(0, 10);

  /** One run after the other. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = running.then(run);
    running = done.catch(() => {});
    return done;
  }

  async function rollUp(wanted: (marked: Marked) => boolean): Promise<RollupAnswer> {
    const started = now();
    const errors: unknown[] = [];
    let days = 0;
    for await (const day of markedDays(store)) {
      if (stopped) break;
      if (!wanted(day)) continue;
      const began = now();
      if (await attempt(day, errors, rollUpDay)) days++;
      if (day.day >= today()) rest(day.site, began);
    }
    for await (const month of monthsToAddUp(store, today())) {
      if (stopped) break;
      await attempt(month, errors, rollUpMonth);
    }
    if (errors.length > 0) throw errors[0];
    last = { at: now(), days, seconds: (now() - started) / 1000 };
    return { days, seconds: last.seconds };
  }

  /** What is wrong with one day keeps no other one waiting. */
  async function attempt<T>(
    { site, day }: SiteDay,
    errors: unknown[],
    work: (client: PoolClient, day: SiteDay) => Promise<T>,
  ): Promise<T | undefined> {
    const key = `${site} ${day}`;
    try {
      const done = await asRollup(store, client => work(client, { site, day }));
      failing.delete(key);
      return done;
    } catch (error) {
      if (error instanceof MuntraError) throw error;
      if (!failing.has(key) && failing.size < MOST_TOLD) {
        log.error({ site, day, reason: String(error) }, 'a day or its month cannot be rolled up');
        failing.add(key);
      }
      errors.push(error);
      return undefined;
    }
  }

  async function tick(): Promise<void> {
    const day = today();
    const before = seen;
    seen = new Map();
    const grown = new Set((await store.query<{ site: string }>(grownSql, [day, GROWN])).map(({ site }) => site));
    const { days, seconds } = await rollUp(marked => {
      if (marked.day < day) return true;
      seen.set(marked.site, marked.mark);
      return (grown.has(marked.site) && !isResting(marked.site)) || before.get(marked.site) === marked.mark;
    });
    if (days > 0) log.debug({ days, seconds }, 'rolled up');
  }

  function schedule(delay: number): void {
    timer = setTimeout(async () => {
      const failed = await inTurn(tick).then(() => false, report);
      if (!stopped) schedule(failed ? Math.min(interval, RETRY) : interval);
    }, delay);
  }

  async function rollUpSite(site: string): Promise<void> {
    const began = now();
    await rollUp(marked => marked.site === site);
    rest(site, began);
  }

  function rest(site: string, began: number): void {
    resting.set(site, now() + Math.max(REST_AT_LEAST, REST * (now() - began)));
  }

  const isResting = (site: string): boolean => now() < (resting.get(site) ?? 0);

  /** The store logs its own outages. */
  function report(error: unknown): true {
    if (!(error instanceof MuntraError))
      log.error({ reason: String(error) }, 'the rollups cannot be brought up to date');
    return true;
  }

  return {
    refresh: () => inTurn(() => rollUp(() => true)),
    rebuild: () =>
      inTurn(async () => {
        await asRollup(store, client => client.query(markAllSql));
        return rollUp(() => true);
      }),
    hurry(site) {
      if (interval === 0 || stopped || isResting(site)) return;
      resting.set(site, Number.POSITIVE_INFINITY);
      void inTurn(() => rollUpSite(site)).catch(error => {
        resting.set(site, now() + RETRY);
        report(error);
      });
    },
    async state() {
      const rows = await store.query<{ waiting: number }>(WAITING, [today()]).catch(() => []);
      return { waiting: rows[0]?.waiting ?? null, last };
    },
    start() {
      if (interval > 0) schedule(0);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
