/**
 * A site now. Read from events alone: what is of the last minutes is not rolled up, and there is little of it.
 */
import type { PoolClient } from 'pg';
import lastSql from '../../schema/queries/live.last.sql';
import type { Filter, LiveAnswer } from '../contract/stats.ts';
import { readBreakdown } from './breakdown.ts';
import { fill, Selection } from './selection.ts';
import { type Question, readRawTotals } from './totals.ts';

/** Who is there, and what was seen in the last 30 minutes. */
export interface Presence {
  active: number;
  visitors: number;
  pageviews: number;
}

const MINUTE = 60_000;
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
    active: await readActive(client, site, now, filters),
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

export async function readPresence(
  client: PoolClient,
  site: string,
  now: number,
  filters: Filter[],
): Promise<Presence> {
  const from = now - (now % MINUTE) - (MINUTES - 1) * MINUTE;
  const [totals] = await readRawTotals(client, { site, range: { from, to: now + 1 }, filters }, [from]);
  const active = await readActive(client, site, now, filters);
  return { active, visitors: totals?.visitors ?? 0, pageviews: totals?.pageviews ?? 0 };
}

async function readActive(client: PoolClient, site: string, now: number, filters: Filter[]): Promise<number> {
  const from = now - ACTIVE_MINUTES * MINUTE;
  const [totals] = await readRawTotals(client, { site, range: { from, to: now + 1 }, filters }, [from]);
  return totals?.visitors ?? 0;
}

async function readLast(client: PoolClient, { site, range, filters }: Question): Promise<LiveAnswer['last']> {
  const selection = new Selection(site, [range], filters);
  const { within, matches } = selection;
  const sql = fill(lastSql, { within, matches, limit: selection.bind(ROWS, 'int') });
  const { rows } = await client.query<LiveAnswer['last'][number]>(sql, selection.values);
  return rows;
}
