/** Everything that a report about one site shows, in the API's own shapes; `--json` prints it as it is. */

import type { Drops } from '../../server/contract/site.ts';
import type { BreakdownAnswer, Change, StatsAnswer, TimeseriesAnswer } from '../../server/contract/stats.ts';
import type { Period } from '../../server/stats/period.ts';
import type { Client, Question } from '../client.ts';

/** The lists of a report, in the order of `--json`; all are dimensions of the API. */
export const LISTS = ['url', 'referrer', 'country', 'browser', 'os', 'device', 'event'] as const;
export type List = (typeof LISTS)[number];

export interface SiteReport {
  site: string;
  timezone: string;
  /** Unix milliseconds, [from, to). */
  from: number;
  to: number;
  /** What each `prev` in `stats` is about. */
  previous: { from: number; to: number };
  filters: string[];
  /** Visitors of the last 5 minutes. */
  active: number;
  stats: StatsAnswer;
  timeseries: TimeseriesAnswer;
  breakdowns: Record<List, BreakdownAnswer>;
  /** Turned away on the UTC days of the period, as far as they are kept: 30 days. */
  drops: Drops;
}

export async function fetchSiteReport(
  client: Client,
  site: { id: string; timezone: string },
  period: Period,
  { filters, limit }: { filters: string[]; limit: number },
): Promise<SiteReport> {
  const { from, to, previous, unit } = period;
  const question: Question = { site: site.id, from, to, filters };
  const lists = LISTS.map(async by => [by, await client.breakdown(question, by, limit)] as const);
  const [stats, timeseries, live, detail, ...breakdowns] = await Promise.all([
    fetchStats(client, question, previous),
    client.timeseries(question, unit),
    client.live(site.id, filters),
    client.site(site.id),
    ...lists,
  ]);
  return {
    site: site.id,
    timezone: site.timezone,
    from,
    to,
    previous,
    filters,
    active: live.active,
    stats,
    timeseries,
    breakdowns: Object.fromEntries(breakdowns) as Record<List, BreakdownAnswer>,
    drops: addDrops(detail.drops, from, to),
  };
}

/** Totals of a period, with those of another one as what they are compared with. */
export async function fetchStats(
  client: Client,
  question: Question,
  previous: Period['previous'],
): Promise<StatsAnswer> {
  const [now, before] = await Promise.all([client.stats(question), client.stats({ ...question, ...previous })]);
  const change = (key: keyof StatsAnswer): Change => ({ value: now[key].value, prev: before[key].value });
  return {
    pageviews: change('pageviews'),
    visitors: change('visitors'),
    visits: change('visits'),
    bounces: change('bounces'),
    duration: change('duration'),
  };
}

function addDrops(days: { day: string; reasons: Drops }[], from: number, to: number): Drops {
  const sum: Drops = {};
  const within = days.filter(({ day }) => Date.parse(day) < to && Date.parse(day) + 86_400_000 > from);
  for (const [reason, events] of within.flatMap(({ reasons }) => Object.entries(reasons) as [keyof Drops, number][])) {
    sum[reason] = (sum[reason] ?? 0) + events;
  }
  return sum;
}
