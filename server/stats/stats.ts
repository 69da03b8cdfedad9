/** Answers to questions about one site. */
import breakdownRaw from '../../schema/queries/breakdown.raw.sql';
import liveRaw from '../../schema/queries/live.raw.sql';
import statsRaw from '../../schema/queries/stats.raw.sql';
import timeseriesRaw from '../../schema/queries/timeseries.raw.sql';
import visitPagesRaw from '../../schema/queries/visit_pages.raw.sql';
import type {
  BreakdownAnswer,
  Filter,
  Grouping,
  LiveAnswer,
  Site,
  StatsAnswer,
  TimeseriesAnswer,
  Unit,
} from '../contract.ts';
import type { Store } from '../store/postgres.ts';
import { bucketStarts } from './buckets.ts';
import { dimensionValue, isProperty } from './dimensions.ts';
import { fill, instant, type Range, Selection } from './selection.ts';

export type { Range };

/** Ranges are [from, to) in unix milliseconds. All throw MuntraError `store_unavailable` while PostgreSQL is away. */
export interface Stats {
  stats(site: Site, range: Range, filters: Filter[]): Promise<StatsAnswer>;
  /** Buckets of the site's time zone; a bucket that sticks out of the range counts what lies in the range. */
  timeseries(site: Site, range: Range, unit: Unit, filters: Filter[]): Promise<TimeseriesAnswer>;
  breakdown(site: Site, by: Grouping, range: Range, limit: number, filters: Filter[]): Promise<BreakdownAnswer>;
  live(site: Site, now: number, filters: Filter[]): Promise<LiveAnswer>;
}

const LIVE = 5 * 60_000;

interface Totals {
  pageviews: number;
  visitors: number;
  visits: number;
  bounces: number;
  duration_ms: number;
}

interface BucketTotals {
  bucket: number;
  pageviews: number;
  visits: number;
  visitors: number;
}

export function createStats(store: Store): Stats {
  async function totals(site: Site, range: Range, filters: Filter[]): Promise<Totals> {
    const { matches, values } = new Selection(site.id, range, filters);
    const [row] = await store.query<Totals>(fill(statsRaw, { matches }), values);
    return row ?? { pageviews: 0, visitors: 0, visits: 0, bounces: 0, duration_ms: 0 };
  }

  return {
    async stats(site, range, filters) {
      const before = { from: range.from - (range.to - range.from), to: range.from };
      const [now, prev] = [await totals(site, range, filters), await totals(site, before, filters)];
      const change = (figure: (row: Totals) => number) => ({ value: figure(now), prev: figure(prev) });
      return {
        pageviews: change(row => row.pageviews),
        visitors: change(row => row.visitors),
        visits: change(row => row.visits),
        bounces: change(row => row.bounces),
        duration: change(row => Math.floor(row.duration_ms / 1000)),
      };
    },

    async timeseries(site, range, unit, filters) {
      const starts = bucketStarts(range, unit, site.timezone);
      const selection = new Selection(site.id, range, filters);
      const sql = fill(timeseriesRaw, { matches: selection.matches, starts: selection.bind(starts.map(instant)) });
      const rows = await store.query<BucketTotals>(sql, selection.values);
      const points = starts.map(x => ({ x, pageviews: 0, sessions: 0, visitors: 0 }));
      for (const { bucket, pageviews, visits, visitors } of rows) {
        const point = points[bucket - 1];
        if (point) Object.assign(point, { pageviews, sessions: visits, visitors });
      }
      return { unit, points };
    },

    async breakdown(site, by, range, limit, filters) {
      const selection = new Selection(site.id, range, filters);
      const { sql, value, matches } = groupBy(by, selection);
      return store.query(fill(sql, { value, matches, limit: selection.bind(limit) }), selection.values);
    },

    async live(site, now, filters) {
      const { matches, values } = new Selection(site.id, { from: now - LIVE, to: now + 1 }, filters);
      const [row] = await store.query<LiveAnswer>(fill(liveRaw, { matches }), values);
      return { active: row?.active ?? 0 };
    },
  };
}

/** The query of a breakdown and what goes into it. */
function groupBy(by: Grouping, selection: Selection): { sql: string; value: string; matches: string } {
  if (isProperty(by)) {
    const event = selection.bindText(by.event);
    const value = `(event_data ->> ${selection.bindText(by.property)})`;
    return { sql: breakdownRaw, value, matches: `${selection.matches} AND event_name = ${event}` };
  }
  const value = dimensionValue(by);
  return { sql: value.of === 'visit' ? visitPagesRaw : breakdownRaw, value: value.sql, matches: selection.matches };
}
