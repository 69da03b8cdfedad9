/** Answers to questions about one site. What an answer is put together from is read in one snapshot of the database. */
import type { PoolClient } from 'pg';
import type { Site } from '../contract/site.ts';
import type {
  BreakdownAnswer,
  Filter,
  Grouping,
  LiveAnswer,
  Presence,
  StatsAnswer,
  TimeseriesAnswer,
  Unit,
} from '../contract/stats.ts';
import { ended, isEnded } from '../store/outage.ts';
import type { Store } from '../store/postgres.ts';
import { type OnPartial, readBreakdown } from './breakdown.ts';
import type { Totals } from './bucket-totals.ts';
import { bucketStarts } from './buckets.ts';
import type { Range } from './days.ts';
import { readLive, readPresence } from './live.ts';
import { type Question, readRawTotals, readTotals } from './totals.ts';

export type { Range };

/**
 * Ranges are [from, to) in unix milliseconds. All throw MuntraError `store_unavailable` while PostgreSQL is away, and after a
 * minute.
 */
export interface Stats {
  /** Compared with the time of equal length just before, or with `before`. */
  stats(site: Site, range: Range, filters: Filter[], before?: Range): Promise<StatsAnswer>;
  /** Buckets of the site's time zone; a bucket that sticks out of the range counts what lies in the range. */
  timeseries(site: Site, range: Range, unit: Unit, filters: Filter[]): Promise<TimeseriesAnswer>;
  breakdown(site: Site, by: Grouping, range: Range, limit: number, filters: Filter[]): Promise<BreakdownAnswer>;
  live(site: Site, now: number, filters: Filter[]): Promise<LiveAnswer>;
  presence(site: Site, now: number, filters: Filter[]): Promise<Presence>;
}

/** Marks and rollups must be of one moment. What a busy day is grouped by fits into the memory, or it goes to disk. */
const SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL work_mem = '16MB'";

/** Milliseconds that a question may take before it is told of. */
const SLOW = 50;

/** Is told what questions read from events, though rollups could know it. */
export interface Watcher {
  /** Totals or a list of the site took long. */
  slow(site: string): void;
  partial: OnPartial;
}

export function createStats(store: Store, { slow, partial }: Watcher = { slow() {}, partial() {} }): Stats {
  async function inSnapshot<T>(read: (client: PoolClient) => Promise<T>): Promise<T> {
    try {
      return await store.transaction(async client => {
        await client.query(SNAPSHOT);
        return read(client);
      });
    } catch (error) {
      throw isEnded(error) ? ended(error) : error;
    }
  }

  async function watched<T>(
    { site, filters }: Omit<Question, 'range'>,
    read: (client: PoolClient) => Promise<T>,
  ): Promise<T> {
    const started = performance.now();
    const answer = await inSnapshot(read);
    if (filters.length === 0 && performance.now() - started > SLOW) slow(site);
    return answer;
  }

  return {
    stats({ id }, range, filters, before = { from: 2 * range.from - range.to, to: range.from }) {
      return watched({ site: id, filters }, async client => {
        const now = await readTotals(client, { site: id, range, filters }, [range.from]);
        const prev = await readTotals(client, { site: id, range: before, filters }, [before.from]);
        return statsAnswer(now, prev);
      });
    },

    timeseries({ id, timezone }, range, unit, filters) {
      const starts = bucketStarts(range, unit, timezone);
      const read = unit === 'minute' ? readRawTotals : readTotals;
      return watched({ site: id, filters }, async client => {
        const totals = await read(client, { site: id, range, filters, brief: true }, starts);
        const point = ({ pageviews, visits, visitors }: Totals, i: number) => ({
          x: starts[i] ?? range.from,
          pageviews,
          sessions: visits,
          visitors,
        });
        return { unit, points: totals.map(point) };
      });
    },

    breakdown: ({ id }, by, range, limit, filters) =>
      watched({ site: id, filters }, client => readBreakdown(client, { site: id, range, filters }, by, limit, partial)),

    live: ({ id }, now, filters) => inSnapshot(client => readLive(client, id, now, filters)),
    presence: ({ id }, now, filters) => inSnapshot(client => readPresence(client, id, now, filters)),
  };
}

function statsAnswer([now]: Totals[], [prev]: Totals[]): StatsAnswer {
  const change = (figure: (totals: Totals) => number) => ({
    value: now ? figure(now) : 0,
    prev: prev ? figure(prev) : 0,
  });
  return {
    pageviews: change(totals => totals.pageviews),
    visitors: change(totals => totals.visitors),
    visits: change(totals => totals.visits),
    bounces: change(totals => totals.bounces),
    duration: change(totals => Math.floor(totals.duration_ms / 1000)),
  };
}
