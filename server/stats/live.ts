/**
 * A site now. Read from events alone: what is of the last minutes is not rolled up, and there is little of it.
 */
import type { PoolClient } from 'pg';
import lastSql from '../../schema/queries/live.last.sql';
import type { Filter, LiveAnswer, Presence } from '../contract/stats.ts';
import { readBreakdown } from './breakdown.ts';
import type { Totals } from './bucket-totals.ts';
import { fill, Selection } from './selection.ts';
import { type Question, readRawTotals } from './totals.ts';

const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;
const MINUTES = 30;
const ACTIVE_MINUTES = 5;
const ROWS = 10;

/** `now` in unix milliseconds; `site` is an id. */
export async function readLive(client: PoolClient, site: string, now: number, filters: Filter[]): Promise<LiveAnswer> {
  // No zone of today has an offset with seconds: its minutes are those of UTC.
  const last = now - (now % MINUTE);
  const starts = Array.from({ length: MINUTES }, (_, i) => last - (MINUTES - 1 - i) * MINUTE);
  const question: Question = { site, range: { from: starts[0] ?? last, to: now + 1 }, filters };
  const totals = await readRawTotals(client, question, starts);
  return {
    at: now,
    ...(await readPresence(client, site, now, filters)),
    minutes: totals.map(({ pageviews, visits, visitors }, i) => ({
      x: starts[i] ?? last,
      pageviews,
      sessions: visits,
      visitors,
    })),
    last: await readLast(client, question),
    pages: await readBreakdown(client, question, 'url', ROWS),
    referrers: await readBreakdown(client, question, 'referrer', ROWS),
    countries: await readBreakdown(client, question, 'country', ROWS),
  };
}

/** As `readLive`. */
export async function readPresence(
  client: PoolClient,
  site: string,
  now: number,
  filters: Filter[],
): Promise<Presence> {
  async function total(from: number, to: number): Promise<Totals | undefined> {
    const [totals] = await readRawTotals(client, { site, range: { from, to: to + 1 }, filters }, [from]);
    return totals;
  }
  const first = now - (now % MINUTE) - (MINUTES - 1) * MINUTE;
  const latest = await total(first, now);
  const before = await total(first - WEEK, now - WEEK);
  const active = await total(now - ACTIVE_MINUTES * MINUTE, now);
  const change = (figure: 'visitors' | 'pageviews') => ({ value: latest?.[figure] ?? 0, prev: before?.[figure] ?? 0 });
  return { active: active?.visitors ?? 0, visitors: change('visitors'), pageviews: change('pageviews') };
}

async function readLast(client: PoolClient, { site, range, filters }: Question): Promise<LiveAnswer['last']> {
  const selection = new Selection(site, [range], filters);
  const { within, matches } = selection;
  const sql = fill(lastSql, { within, matches, limit: selection.bind(ROWS, 'int') });
  const { rows } = await client.query<LiveAnswer['last'][number]>(sql, selection.values);
  return rows;
}
