/**
 * Recomputes the rollups of one UTC day of a site from its events, and adds days up to months. Both in the caller's
 * transaction, which is the only one that writes rollups at that time.
 */
import type { PoolClient } from 'pg';
import breakdownsSql from '../../schema/queries/rollup.breakdowns.sql';
import clearSql from '../../schema/queries/rollup.clear.sql';
import monthSql from '../../schema/queries/rollup.month.sql';
import sessionsSql from '../../schema/queries/rollup.sessions.sql';
import { DIMENSIONS, type Dimension } from '../contract/stats.ts';
import { bucketStarts } from '../stats/buckets.ts';
import { DAY } from '../stats/days.ts';
import { DIMENSION_SQL, type DimensionSql } from '../stats/dimensions.ts';
import { fill } from '../stats/selection.ts';
import type { Store } from '../store/postgres.ts';
import { liftLimit } from '../store/silence.ts';

export interface SiteDay {
  site: string;
  /** UTC, as 2026-01-31. */
  day: string;
}

/** Any number, so long as all instances use the same and no other lock has it. */
const LOCK = 0x726f6c6c;

/**
 * Keeps other instances from writing rollups until the end of the transaction, and lets it take its time. Each of some
 * twenty lists has the memory twice at most, until all are done: a day of 200,000 events takes 77 MB. With four times as much
 * it took 134 and was no faster.
 */
export async function lockRollups(client: PoolClient): Promise<void> {
  await liftLimit(client);
  await client.query("SET LOCAL work_mem = '8MB'");
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
}

/** A transaction that is the only one to write rollups. */
export function asRollup<T>(store: Store, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return store.transaction(async client => {
    await lockRollups(client);
    return work(client);
  });
}

/**
 * False when nothing marks the day any more. First it takes the marks, then it reads the events: those that are committed
 * in between leave marks of their own.
 */
export async function rollUpDay(client: PoolClient, { site, day }: SiteDay): Promise<boolean> {
  const marks = await client.query('DELETE FROM dirty_windows WHERE site_id = $1 AND day = $2', [site, day]);
  if (marks.rowCount === 0) return false;
  const { rows } = await client.query<{ timezone: string }>('SELECT timezone FROM sites WHERE site_id = $1', [site]);
  await client.query(clearSql, [site, day]);
  await client.query(sessionsSql, [site, borders(day, rows[0]?.timezone ?? 'UTC')]);
  await client.query(BREAKDOWNS, [site, day]);
  return true;
}

/** Adds up the month that begins with a day. */
export async function rollUpMonth(client: PoolClient, { site, day }: SiteDay): Promise<void> {
  await client.query(monthSql, [site, day]);
}

/** The hours of a time zone that begin within a UTC day, between the day's start and its end. */
function borders(day: string, timezone: string): string[] {
  const from = Date.parse(day);
  const to = from + DAY;
  const hours = bucketStarts({ from, to }, 'hour', timezone).filter(hour => hour > from);
  return [from, ...hours, to].map(at => new Date(at).toISOString());
}

const BREAKDOWNS = fill(breakdownsSql, {
  faces: dimensionsOf('visitor').map(sqlOf).join(', '),
  totals: [
    ...dimensionsOf('event').map(dimension => totalOf('event', dimension)),
    ...dimensionsOf('visitor').map(dimension => totalOf('face', dimension)),
    ...dimensionsOf('first').map(dimension => totalOf('(SELECT * FROM page WHERE first)', dimension)),
    ...dimensionsOf('last').map(dimension => totalOf('(SELECT * FROM page WHERE last)', dimension)),
  ].join('\n  UNION ALL\n'),
});

function dimensionsOf(of: DimensionSql['of']): Dimension[] {
  return DIMENSIONS.filter(dimension => DIMENSION_SQL[dimension].of === of);
}

function sqlOf(dimension: Dimension): string {
  return DIMENSION_SQL[dimension].value;
}

function totalOf(source: string, dimension: Dimension): string {
  const value = sqlOf(dimension);
  return `  SELECT '${dimension}' AS dimension, value, sum(events)::int AS views, sum(visitors)::int AS visitors
  FROM (
    SELECT ${value} AS value, sum(events)::int AS events,
      CASE WHEN visitor IS NULL THEN count(*)::int ELSE 1 END AS visitors
    FROM ${source} source WHERE ${value} <> '' GROUP BY 1, visitor
  ) seen
  GROUP BY value`;
}
