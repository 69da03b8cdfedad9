/**
 * All sites at a glance, each in its own time zone. One site after the other, each in a snapshot of its own, so that
 * other questions come in between however many sites there are.
 */
import type { Site } from '../contract/site.ts';
import type { Filter, FleetAnswer, FleetLiveAnswer } from '../contract/stats.ts';
import { MuntraError } from '../errors.ts';
import { MAX_POINTS, pointsOf } from './buckets.ts';
import type { Period } from './period.ts';
import type { Stats } from './stats.ts';

/** Most visitors first. Throws MuntraError `bad_request` for more than 25,000 points. */
export async function readFleet(
  stats: Stats,
  sites: Site[],
  periodIn: (timezone: string) => Period,
  filters: Filter[],
): Promise<FleetAnswer> {
  const asked = sites.map(site => ({ site, period: periodIn(site.timezone) }));
  checkSize(asked.map(({ period }) => period));
  const rows: FleetAnswer = [];
  for (const { site, period } of asked) {
    const { from, to, previous, unit } = period;
    rows.push({
      ...{ site: site.id, timezone: site.timezone, from, to, previous },
      stats: await stats.stats(site, { from, to }, filters, previous),
      timeseries: await stats.timeseries(site, { from, to }, unit, filters),
    });
  }
  return rows.toSorted((a, b) => b.stats.visitors.value - a.stats.visitors.value);
}

/** Most active first; `now` in unix milliseconds. */
export async function readFleetLive(
  stats: Stats,
  sites: Site[],
  now: number,
  filters: Filter[],
): Promise<FleetLiveAnswer> {
  const rows: FleetLiveAnswer['sites'] = [];
  for (const site of sites) rows.push({ site: site.id, ...(await stats.presence(site, now, filters)) });
  return {
    at: now,
    active: rows.reduce((sum, { active }) => sum + active, 0),
    sites: rows.toSorted((a, b) => b.active - a.active || b.visitors.value - a.visitors.value),
  };
}

function checkSize(periods: Period[]): void {
  const points = periods.reduce((sum, period) => sum + pointsOf(period, period.unit), 0);
  if (points <= MAX_POINTS) return;
  throw new MuntraError(
    'bad_request',
    `this period has more than ${MAX_POINTS} points for ${periods.length} sites`,
    'ask for one with fewer: period=24h or period=7d',
  );
}
