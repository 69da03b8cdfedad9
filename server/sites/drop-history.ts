/** What was turned away, as people are shown it: stored by the flush, plus what still waits for one. */
import historySql from '../../schema/queries/drops.history.sql';
import type { Drops, SiteDetail } from '../contract/site.ts';
import { MuntraError } from '../errors.ts';
import type { DropLedger } from '../ingest/drops.ts';
import type { Store } from '../store/postgres.ts';

export interface DropHistory {
  /** By UTC day, newest first. Throws MuntraError `store_unavailable`. */
  ofSite(site: string): Promise<SiteDetail['drops']>;
  /** Of all sites; while the store is away only what waits. */
  today(): Promise<Drops>;
}

const DAYS = 30;
const DAY = 86_400_000;

export function createDropHistory(store: Store, ledger: DropLedger, now: () => number): DropHistory {
  const daysAgo = (days: number): string => new Date(now() - days * DAY).toISOString().slice(0, 10);

  return {
    ofSite: site => store.query(historySql, [site, daysAgo(DAYS - 1)]),

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
