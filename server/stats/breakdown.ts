/**
 * Breakdowns of a range. Whole days come from the rollups, whole months where there are, with what was added since, parts of
 * days from lists that were kept; the rest comes from events, in the same snapshot. With filters, and for properties of custom
 * events, everything does. Pruned days are whole ones.
 */
import type { PoolClient } from 'pg';
import knownSql from '../../schema/queries/breakdown.known.sql';
import topSql from '../../schema/queries/breakdown.top.sql';
import type { BreakdownAnswer, Dimension, Grouping } from '../contract/stats.ts';
import { MuntraError } from '../errors.ts';
import { type Added, readUnrolled, type Unrolled } from './added.ts';
import { cutIntoDays, DAY, type Days, dateOf, joinRanges, nextMonth, type Range, rangeOf } from './days.ts';
import { DIMENSION_SQL, isProperty } from './dimensions.ts';
import { divide } from './halves.ts';
import { narrow } from './narrow.ts';
import { fill, instant, Selection } from './selection.ts';
import type { Question } from './totals.ts';
import { wholeList } from './whole-list.ts';
import { widen } from './widen.ts';

/** Is told of a list of a part of a day that is rolled up, and yet had to be read from events; all took so many milliseconds. */
export type OnPartial = (list: PartialList, took: number) => void;

export async function readBreakdown(
  client: PoolClient,
  question: Question,
  by: Grouping,
  limit: number,
  onPartial: OnPartial = () => {},
): Promise<BreakdownAnswer> {
  if (isProperty(by) || question.filters.length > 0) {
    return read(client, question, by, limit, allRaw(await narrow(client, question.site, question.range)));
  }
  const started = performance.now();
  const { clean, ...planned } = await plan(client, question, by);
  const answer = await read(client, question, by, limit, planned);
  for (const { from, to } of clean) onPartial({ site: question.site, by, from, to }, performance.now() - started);
  return answer;
}

/** Of a part of one UTC day, in unix milliseconds, [from, to). */
export interface PartialList extends Range {
  /** Id. */
  site: string;
  by: Dimension;
}

interface Plan {
  /** Numbers of first days. */
  months: number[];
  days: number[];
  added: Added[];
  /** Parts of days whose lists are kept. */
  kept: Range[];
  raw: Range[];
}

const allRaw = (range: Range): Plan => ({ months: [], days: [], added: [], kept: [], raw: [range] });

async function read(
  client: PoolClient,
  question: Question,
  by: Grouping,
  limit: number,
  plan: Plan,
): Promise<BreakdownAnswer> {
  const parts = await divide(client, question.site, plan.raw);
  const selection = new Selection(question.site, plan.raw, question.filters);
  const { daily, column } = DIMENSION_SQL[isProperty(by) ? 'event' : by];
  const sql = fill(topSql, {
    raw: wholeList(selection, by, { ...plan, parts }),
    daily,
    value: column,
    dimension: selection.bind(isProperty(by) ? '' : by, 'text'),
    days: selection.bind(plan.days.map(dateOf), 'date[]'),
    months: selection.bind(plan.months.map(dateOf), 'date[]'),
    limit: selection.bind(limit, 'int'),
    bytes: String(MAX_BYTES),
  });
  const { rows } = await client.query<BreakdownAnswer[number] | TooLong>(sql, selection.values);
  return rows.map(row => {
    if (row.x === null) throw tooLong(row);
    return row;
  });
}

/** Of all values of an answer, in UTF-8: ten thousand of 200 each. Visitors make them, and four answers fit into the memory. */
const MAX_BYTES = 2 * 2 ** 20;

/** `y`: their bytes. */
interface TooLong {
  x: null;
  y: number;
}

const tooLong = ({ y }: TooLong): MuntraError =>
  new MuntraError(
    'bad_request',
    `these values have ${y} bytes, an answer at most ${MAX_BYTES}`,
    'ask for fewer (limit), or for some of them: filter=url:starts_with:/blog',
  );

interface Known {
  /** First and last day that is rolled up; null if none is. */
  first: number | null;
  last: number | null;
  /** First days of the months that are rolled up. */
  months: number[];
  /** Places, from 1, of the parts whose lists are kept. */
  kept: number[];
}

/** `clean`: those parts that are read from events, of days that are rolled up. */
async function plan(client: PoolClient, { site, range }: Question, by: Dimension): Promise<Plan & { clean: Range[] }> {
  const widened = await widen(client, site, range, 'whole');
  const { days, parts } = cutIntoDays(widened);
  if (days.from > days.to) return { ...allRaw(widened), clean: [] };
  const touched = { from: Math.floor(widened.from / DAY), to: Math.ceil(widened.to / DAY) };
  const { changed, added } = await readUnrolled(client, site, touched);
  const isWhole = (day: number): boolean => day >= days.from && day < days.to;
  const unrolled = { changed: changed.filter(isWhole), added: added.filter(({ day }) => isWhole(day)) };
  const marked = new Set([...changed, ...added.map(({ day }) => day)]);
  const clean = parts.filter(({ from }) => !marked.has(Math.floor(from / DAY)));
  const borders = [clean.map(({ from }) => instant(from)), clean.map(({ to }) => instant(to))];
  const { rows } = await client.query<Known>(knownSql, [site, dateOf(days.from), dateOf(days.to), by, ...borders]);
  const known = rows[0] ?? { first: null, last: null, months: [], kept: [] };
  const kept = clean.filter((_, i) => known.kept.includes(i + 1));
  const unread = parts.filter(part => !kept.includes(part));
  return {
    ...choose(days, known, unrolled),
    added: unrolled.added,
    kept,
    raw: joinRanges([...unread, ...unrolled.changed.map(rangeOf)]),
    clean: clean.filter(part => !kept.includes(part)),
  };
}

/** A clean day that is not rolled up has no events. */
function choose(within: Days, known: Known, { changed, added }: Unrolled): Pick<Plan, 'months' | 'days'> {
  const { first, last } = known;
  const [months, days]: [number[], number[]] = [[], []];
  if (first === null || last === null) return { months, days };
  const rolled = new Set(known.months);
  const unrolled = [...changed, ...added.map(({ day }) => day)];
  const isUnrolled = new Set(unrolled);
  const end = Math.min(within.to, last + 1);
  for (let day = Math.max(within.from, first); day < end; ) {
    const next = nextMonth(day);
    if (rolled.has(day) && next <= within.to && !unrolled.some(other => other >= day && other < next)) {
      months.push(day);
      day = next;
    } else {
      if (!isUnrolled.has(day)) days.push(day);
      day++;
    }
  }
  return { months, days };
}
