/**
 * Drops events that are past their retention and keeps their rollups. First a site's old days are given up: rolled up to
 * the last event, and from then on no event may come to them (`pruned_sites`). Only then events go: whole months where no
 * site keeps any, row by row the rest. A crash anywhere is made good by the next run.
 */
import { DatabaseError, type PoolClient } from 'pg';
import dueSql from '../../schema/queries/prune.due.sql';
import planSql from '../../schema/queries/prune.plan.sql';
import rejectedSql from '../../schema/queries/prune.rejected.sql';
import sitesLeftSql from '../../schema/queries/prune.sites_left.sql';
import type { PruneAnswer, PrunedSite } from '../contract/system.ts';
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { monthsBefore } from '../store/partitions.ts';
import type { Store } from '../store/postgres.ts';
import { liftLimit } from '../store/silence.ts';
import { claimEvents } from './event-writer.ts';
import type { Rollup } from './rollup.ts';
import { lockRollups } from './rollup-day.ts';

export interface Retention {
  /** What `prune` would drop; reads all of it. Throws MuntraError `store_unavailable`, as `prune`. */
  plan(): Promise<PruneAnswer>;
  /** Drops what is due, and answers what that was when it began. */
  prune(): Promise<PruneAnswer>;
  /** Prunes every day, for the first time after an hour. */
  start(): void;
  /** Ends after the rows or the month that it is at. */
  stop(): Promise<void>;
}

export interface RetentionOptions {
  store: Store;
  rollup: Pick<Rollup, 'refresh'>;
  /** Days; 0: for ever. A site may say otherwise. */
  days: number;
  log: Logger;
  now: () => number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A site with events that are past their retention. */
type Due = Pick<PrunedSite, 'site' | 'retention' | 'before'>;

/** In one transaction. */
const ROWS = 5_000;

const IS_MARKED = 'SELECT FROM dirty_windows WHERE site_id = $1 AND day < $2 LIMIT 1';
const GIVE_UP = `INSERT INTO pruned_sites AS p (site_id, before) VALUES ($1, $2)
  ON CONFLICT (site_id) DO UPDATE SET before = greatest(p.before, excluded.before)`;
const LAST_GIVEN_UP = 'SELECT coalesce(extract(epoch FROM max(before)) * 1000, 0)::float8 AS last FROM pruned_sites';

/** The rollup has told which days cannot be rolled up; the other sites go on. */
function unlessAway(error: unknown): void {
  if (error instanceof MuntraError) throw error;
}

/** SQLSTATE: the lock was not to be had, the table is gone. */
const NEXT_TIME = new Set(['55P03', '42P01']);

export function createRetention({ store, rollup, days, log, now }: RetentionOptions): Retention {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let stopped = false;

  const due = (): Promise<Due[]> => store.query<Due>(dueSql, [days, new Date(now()).toISOString().slice(0, 10)]);

  async function plan(): Promise<PruneAnswer> {
    const sites = await due();
    const rows = await store.transaction(async client => {
      await liftLimit(client);
      const values = [sites.map(({ site }) => site), sites.map(({ before }) => before)];
      return (await client.query<Pick<PrunedSite, 'site' | 'events' | 'bytes'>>(planSql, values)).rows;
    });
    const counted = new Map(rows.map(row => [row.site, row]));
    return { sites: sites.map(site => ({ events: 0, bytes: 0, ...site, ...counted.get(site.site) })) };
  }

  /** Counting what is due may take longer than dropping it: only who asks gets the figures. */
  async function prune(): Promise<PruneAnswer> {
    const { sites } = await plan();
    const dropped = new Set((await run()).map(({ site }) => site));
    return { sites: sites.filter(({ site }) => dropped.has(site)) };
  }

  async function run(): Promise<Due[]> {
    if ((await due()).length > 0) await rollup.refresh().catch(unlessAway);
    const sites: Due[] = [];
    for (const site of await due()) if (await giveUp(site)) sites.push(site);
    await store.query(rejectedSql, [days, new Date(now())]);
    const [{ last } = { last: 0 }] = await store.query<{ last: number }>(LAST_GIVEN_UP);
    for (const { table, to } of await monthsBefore(store, last)) if (to.getTime() <= last) await dropMonth(table, to);
    for (const { table } of await monthsBefore(store, last)) {
      for (const site of sites) await dropRows(table, site);
    }
    for (const { site, before } of sites) log.info({ site, before }, 'events past their retention are gone');
    return sites;
  }

  /** False when days are still marked: an event has just come to them, or they cannot be rolled up. They wait for the next time. */
  function giveUp({ site, before }: Due): Promise<boolean> {
    return store.transaction(async client => {
      await lockRollups(client);
      await claimEvents(client);
      if ((await client.query(IS_MARKED, [site, before])).rowCount !== 0) return false;
      await client.query(GIVE_UP, [site, before]);
      return true;
    });
  }

  /** Drops a month if no site keeps events of it. Readers wait for this, so it does not wait long for them. */
  async function dropMonth(table: string, to: Date): Promise<void> {
    await inMonth(table, async client => {
      await claimEvents(client);
      const kept = await client.query(sitesLeftSql.replaceAll('raw_events', table), [to.toISOString()]);
      if (kept.rowCount !== 0) return;
      await client.query("SET LOCAL lock_timeout = '2s'");
      await client.query(`DROP TABLE ${table}`);
    });
  }

  async function dropRows(table: string, { site, before }: Due): Promise<void> {
    const rows = `SELECT ctid FROM ${table} WHERE site_id = $1 AND created_at < $2 LIMIT ${ROWS}`;
    const remove = `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(${rows}))`;
    for (let removed = ROWS; removed === ROWS; ) {
      removed = (await inMonth(table, async client => (await client.query(remove, [site, before])).rowCount)) ?? 0;
    }
  }

  /** Undefined when it is to end, when the month is gone by another instance, and when it is in use: it is for the next time. */
  async function inMonth<T>(table: string, work: (client: PoolClient) => Promise<T>): Promise<T | undefined> {
    if (stopped) return undefined;
    try {
      return await store.transaction(work);
    } catch (error) {
      if (!(error instanceof DatabaseError && NEXT_TIME.has(error.code ?? ''))) throw error;
      log.info({ month: table, reason: error.message }, 'events past their retention are left for the next time');
      return undefined;
    }
  }

  /** One run after the other. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = running.then(work);
    running = done.catch(() => {});
    return done;
  }

  function schedule(delay: number): void {
    timer = setTimeout(async () => {
      await inTurn(run).catch(report);
      if (!stopped) schedule(DAY);
    }, delay);
  }

  /** The store logs its own outages. */
  function report(error: unknown): void {
    if (!(error instanceof MuntraError))
      log.error({ reason: String(error) }, 'events past their retention cannot be dropped');
  }

  return {
    plan,
    prune: () => inTurn(prune),
    start: () => schedule(HOUR),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
