/** What was turned away, as people are shown it: stored by the flush, plus what still waits for one. */
import botsSql from '../../schema/queries/drops.bots.sql';
import historySql from '../../schema/queries/drops.history.sql';
import type { Drops, DropsAnswer, SiteDetail } from '../contract/site.ts';
import { MuntraError } from '../errors.ts';
import type { DropLedger } from '../ingest/drops.ts';
import type { Store } from '../store/postgres.ts';

export interface DropHistory {
  /** By UTC day, newest first. Throws MuntraError `store_unavailable`. */
  ofSite(site: string): Promise<SiteDetail['drops']>;
  /** Of the UTC days in which a range (unix milliseconds) lies, at most `limit` robots; without a site of all. Throws as above. */
  within(range: { from: number; to: number }, limit: number, site?: string): Promise<DropsAnswer>;
  /** Of all sites; while the store is away only what waits. */
  today(): Promise<Drops>;
}

const DAYS = 30;
const DAY = 86_400_000;

export function createDropHistory(store: Store, ledger: DropLedger, now: () => number): DropHistory {
  const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
  const daysAgo = (days: number): string => dateOf(now() - days * DAY);

  return {
    ofSite: site => store.query(historySql, [site, daysAgo(DAYS - 1), daysAgo(-1)]),

    async within({ from, to }, limit, site) {
      const days = [site ?? null, dateOf(from), dateOf(to + DAY - 1)];
      return { days: await store.query(historySql, days), bots: await store.query(botsSql, [...days, limit]) };
    },

    async today() {
      const day = daysAgo(0);
      const sql = 'SELECT reason, sum(events)::float8 AS events FROM drops_daily WHERE day = $1 GROUP BY reason';
      const stored = await store.query<{ reason: keyof Drops; events: number }>(sql, [day]).catch(noneIfAway);
      const waiting = ledger.waiting().filter(count => count.day === day);
      const drops: Drops = {};
      for (const { reason, events } of [...stored, ...waiting]) drops[reason] = (drops[reason] ?? 0) + events;
      return drops;
    },
  };
}

function noneIfAway(error: unknown): [] {
  if (error instanceof MuntraError && error.code === 'store_unavailable') return [];
  throw error;
}
