/**
 * Totals of the buckets of a range. Whole clean days and the parts of them that are rolled up come from the rollups, the
 * rest from events, in one snapshot; with filters everything does.
 */
import type { PoolClient } from 'pg';
import rawSql from '../../schema/queries/totals.raw.sql';
import rolledSql from '../../schema/queries/totals.rolled.sql';
import type { Filter } from '../contract/stats.ts';
import { cutIntoDays, dateOf, joinRanges, type Range } from './days.ts';
import { fill, instant, Selection } from './selection.ts';
import { widen } from './widen.ts';

export interface Totals {
  visitors: number;
  visits: number;
  pageviews: number;
  bounces: number;
  duration_ms: number;
}

export interface Question {
  /** Id. */
  site: string;
  range: Range;
  filters: Filter[];
}

/** In the order of `starts`, ascending; the first bucket begins at or before the range, each ends where the next begins. */
export async function readTotals(client: PoolClient, question: Question, starts: number[]): Promise<Totals[]> {
  const totals = starts.map(zeros);
  const unread = question.filters.length > 0 ? [question.range] : await addRolled(client, question, starts, totals);
  await addRaw(client, question, starts, totals, unread);
  return totals;
}

/** As `readTotals`, of buckets that no rollup knows: minutes. */
export async function readRawTotals(client: PoolClient, question: Question, starts: number[]): Promise<Totals[]> {
  const totals = starts.map(zeros);
  await addRaw(client, question, starts, totals, [question.range]);
  return totals;
}

const zeros = (): Totals => ({ visitors: 0, visits: 0, pageviews: 0, bounces: 0, duration_ms: 0 });

/** Adds what the rollups know and answers the times that they do not. */
async function addRolled(
  client: PoolClient,
  { site, range }: Question,
  starts: number[],
  totals: Totals[],
): Promise<Range[]> {
  const { from: begin, to: end } = await widen(client, site, range);
  // Without a change to what is in them the first bucket may begin, and the last one end, where the range does now.
  const ends = [...starts.slice(1), end];
  const whole: [number[], string[], string[]] = [[], [], []];
  const parts: [number[], string[], string[]] = [[], [], []];
  starts.forEach((start, bucket) => {
    const cut = cutIntoDays({ from: bucket === 0 ? begin : start, to: ends[bucket] ?? end });
    if (cut.days.from < cut.days.to) push(whole, bucket, dateOf(cut.days.from), dateOf(cut.days.to));
    for (const { from, to } of cut.parts) push(parts, bucket, instant(from), instant(to));
  });
  const { rows } = await client.query<BucketTotals & (Range | { from: null })>(rolledSql, [site, ...whole, ...parts]);
  const unread: Range[] = [];
  for (const row of rows) {
    if (row.from === null) add(totals, row);
    else unread.push({ from: row.from, to: row.to });
  }
  return joinRanges(unread);
}

async function addRaw(
  client: PoolClient,
  { site, filters }: Question,
  starts: number[],
  totals: Totals[],
  times: Range[],
): Promise<void> {
  if (times.length === 0) return;
  const selection = new Selection(site, times, filters);
  const slices = selection.slices(starts);
  const sql = fill(rawSql, { within: selection.within, matches: selection.matches, slice: slices.sql });
  const { rows } = await client.query<Totals & { slice: number }>(sql, selection.values);
  const buckets = bucketsOf(slices.starts, starts);
  for (const { slice, ...figures } of rows) add(totals, { ...figures, bucket: buckets[slice - 1] ?? -1 });
}

/** The bucket in which each slice lies; both ascend, as there may be many of them. */
function bucketsOf(slices: number[], starts: number[]): number[] {
  let bucket = -1;
  return slices.map(slice => {
    while ((starts[bucket + 1] ?? Number.POSITIVE_INFINITY) <= slice) bucket++;
    return bucket;
  });
}

type BucketTotals = Totals & { bucket: number };

function add(totals: Totals[], { bucket, ...figures }: BucketTotals): void {
  const total = totals[bucket];
  if (!total) return;
  total.visitors += figures.visitors;
  total.visits += figures.visits;
  total.pageviews += figures.pageviews;
  total.bounces += figures.bounces;
  total.duration_ms += figures.duration_ms;
}

function push<A, B, C>(columns: [A[], B[], C[]], a: A, b: B, c: C): void {
  columns[0].push(a);
  columns[1].push(b);
  columns[2].push(c);
}
