/** The questions of the bench, about the largest site of a plausible past, and how their time is taken. */
import type { Dimension, Unit } from '../contract/stats.ts';
import type { Range, Stats } from '../stats/stats.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { siteName } from './history.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Days. */
const LENGTHS: Record<string, number> = { '24h': 1, '7d': 7, '30d': 30, '90d': 90 };
const UNITS: Unit[] = ['hour', 'day'];
const DIMENSIONS: Dimension[] = ['url', 'entry', 'referrer', 'country', 'browser', 'viewport'];
export const site = sampleSite({ id: siteName(0) });

export type Ask = (stats: Stats, range: Range) => Promise<unknown>;

export const QUESTIONS: [name: string, ask: Ask][] = [
  ['stats', (stats, range) => stats.stats(site, range, [])],
  ...UNITS.map((unit): [string, Ask] => [
    `timeseries ${unit}`,
    (stats, range) => stats.timeseries(site, range, unit, []),
  ]),
  ...DIMENSIONS.map((by): [string, Ask] => [
    `breakdown ${by}`,
    (stats, range) => stats.breakdown(site, by, range, 100, []),
  ]),
];

export const RANGES = Object.keys(LENGTHS);

/** As the command line asks: until the end of the running hour or day. */
export function rangeOf(range: string, now: number): Range {
  const unit = range === '24h' ? HOUR : DAY;
  const to = Math.ceil(now / unit) * unit;
  return { from: to - (LENGTHS[range] ?? 0) * DAY, to };
}

export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const started = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - started) / 1000 };
}

/** Milliseconds, after one time that does not count. */
export async function median(times: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  const seconds: number[] = [];
  for (let i = 0; i < times; i++) seconds.push((await timed(work)).seconds);
  return (seconds.sort((a, b) => a - b)[times >> 1] ?? 0) * 1000;
}
