/**
 * Totals of the buckets of a range. Whole days and the parts of them that are rolled up come from the rollups, with what
 * was added since; the rest comes from events, in one snapshot. With filters everything does.
 */
import type { PoolClient } from 'pg';
import addedSql from '../../schema/queries/totals.added.sql';
import rawSql from '../../schema/queries/totals.raw.sql';
import rolledSql from '../../schema/queries/totals.rolled.sql';
import type { Filter } from '../contract/stats.ts';
import { type Added, eventsOf, readUnrolled } from './added.ts';
import { BucketTotals, type SliceTotals, type Totals } from './bucket-totals.ts';
import { cutIntoDays, DAY, dateOf, joinRanges, type Range } from './days.ts';
import { divide } from './halves.ts';
import { narrow } from './narrow.ts';
import { clamp, fill, Selection } from './selection.ts';
import { widen } from './widen.ts';

export interface Question {
  /** Id. */
  site: string;
  range: Range;
  filters: Filter[];
  /** Bounces and durations are not asked for, which spares a tenth of the time: they may be 0. */
  brief?: boolean;
}

/** In the order of `starts`, ascending; the first bucket begins at or before the range, each ends where the next begins. */
export async function readTotals(client: PoolClient, question: Question, starts: number[]): Promise<Totals[]> {
  if (question.filters.length > 0) return readRawTotals(client, question, starts);
  const buckets = new BucketTotals(starts);
  const { unread, lacking, added } = await addRolled(client, question, buckets);
  await addRaw(client, question, buckets, unread);
  await addAdded(client, question, buckets, lacking, added);
  return buckets.totals;
}

/** As `readTotals`, from events alone: of buckets that no rollup knows, such as minutes. */
export async function readRawTotals(client: PoolClient, question: Question, starts: number[]): Promise<Totals[]> {
  const buckets = new BucketTotals(starts);
  await addRaw(client, question, buckets, [await narrow(client, question.site, question.range)]);
  return buckets.totals;
}

/** What totals from rollups do not hold. */
interface Rest {
  /** Times of which no rollup is known. */
  unread: Range[];
  /** Times that were added to, and the days that they lie in. */
  lacking: Range[];
  added: Added[];
}

/** Adds what the rollups know and answers what they do not. */
async function addRolled(client: PoolClient, { site, range }: Question, buckets: BucketTotals): Promise<Rest> {
  const { from: begin, to: end } = await widen(client, site, range);
  // Without a change to what is in them the first bucket may begin, and the last one end, where the range does now.
  const ends = [...buckets.starts.slice(1), end];
  const whole: [number[], string[], string[]] = [[], [], []];
  // Numbers: the thousands of hours of a quarter take PostgreSQL a third of the time that they take as texts.
  const parts: [number[], number[], number[]] = [[], [], []];
  buckets.starts.forEach((start, bucket) => {
    const cut = cutIntoDays({ from: bucket === 0 ? begin : start, to: ends[bucket] ?? end });
    if (cut.days.from < cut.days.to) push(whole, bucket, dateOf(cut.days.from), dateOf(cut.days.to));
    for (const { from, to } of cut.parts) push(parts, bucket, clamp(from), clamp(to));
  });
  const days = { from: Math.floor(begin / DAY), to: Math.ceil(end / DAY) };
  const { changed, added } = await readUnrolled(client, site, days);
  const dates = [changed, added.map(({ day }) => day)].map(of => of.map(dateOf));
  const { rows } = await client.query<RolledRow>(rolledSql, [site, ...whole, ...parts, ...dates]);
  const unread: Range[] = [];
  const lacking: Range[] = [];
  for (const row of rows) {
    if (row.visitors !== null) buckets.add(row.bucket, row);
    if (row.from !== null) (row.visitors === null ? unread : lacking).push({ from: row.from, to: row.to });
  }
  return { unread: joinRanges(unread), lacking: joinRanges(lacking), added };
}

type RolledRow = ((Totals & { bucket: number }) | { visitors: null }) & (Range | { from: null });

/** Adds what lies in `times`. */
async function addRaw(client: PoolClient, question: Question, buckets: BucketTotals, times: Range[]): Promise<void> {
  const parts = await divide(client, question.site, times);
  // PostgreSQL does not add up what is not selected.
  const columns = `slice, visitors, visits, pageviews, ${question.brief ? '0 AS bounces, 0 AS duration_ms' : 'bounces, duration_ms'}`;
  return addRead(client, question, buckets, times, ({ within }, totalsOf) =>
    parts
      .map(part => `SELECT ${columns} FROM (\n${totalsOf('raw_events', `(${within}) AND ${part}`)}) part`)
      .join('\nUNION ALL\n'),
  );
}

/** Adds what was added to `times`, which lie in `days`, since those were rolled up. */
function addAdded(
  client: PoolClient,
  question: Question,
  buckets: BucketTotals,
  times: Range[],
  days: Added[],
): Promise<void> {
  return addRead(client, question, buckets, times, (selection, totalsOf) =>
    fill(addedSql, {
      events: eventsOf(selection, days),
      present: totalsOf('added', selection.within),
      rolled: totalsOf('added', `rolled AND (${selection.within})`),
    }),
  );
}

/** `toSql` makes the query for a selection; `totalsOf` gives it the totals of the rows of a table that are `within`. */
async function addRead(
  client: PoolClient,
  { site, filters }: Question,
  buckets: BucketTotals,
  times: Range[],
  toSql: (selection: Selection, totalsOf: (events: string, within: string) => string) => string,
): Promise<void> {
  if (times.length === 0) return;
  const selection = new Selection(site, times, filters);
  const { sql: slice, starts } = selection.slices(buckets.starts);
  const { matches } = selection;
  const sql = toSql(selection, (events, within) => fill(rawSql, { events, within, matches, slice }));
  const { rows } = await client.query<SliceTotals>(sql, selection.values);
  buckets.addSlices(rows, starts);
}

function push<A, B, C>(columns: [A[], B[], C[]], a: A, b: B, c: C): void {
  columns[0].push(a);
  columns[1].push(b);
  columns[2].push(c);
}
