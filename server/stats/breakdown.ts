/**
 * Breakdowns of a range. Whole clean days come from the rollups, as few and as long spans of them as there are; the rest
 * comes from events, in the same snapshot. With filters, and for properties of custom events, everything does.
 */
import type { PoolClient } from 'pg';
import rawSql from '../../schema/queries/breakdown.raw.sql';
import spansSql from '../../schema/queries/breakdown.spans.sql';
import topSql from '../../schema/queries/breakdown.top.sql';
import visitsSql from '../../schema/queries/breakdown_visits.raw.sql';
import type { BreakdownAnswer, Grouping } from '../contract.ts';
import { cutIntoDays, DAY, type Days, dateOf, joinRanges } from './days.ts';
import { DIMENSION_SQL, isProperty } from './dimensions.ts';
import { fill, type Range, Selection } from './selection.ts';
import type { Question } from './totals.ts';

/** Days whose breakdowns are added up in one table row for each value. */
export interface Span {
  days: number;
  day: number;
}

/** Lengths of spans in days, each a multiple of the one before. A span begins at a multiple of its length. */
export const SPANS = [4, 16, 64] as const;

export async function readBreakdown(
  client: PoolClient,
  question: Question,
  by: Grouping,
  limit: number,
): Promise<BreakdownAnswer> {
  const rolled = !isProperty(by) && question.filters.length === 0;
  const { spans, unread } = rolled ? await planSpans(client, question) : { spans: [], unread: [question.range] };
  const selection = new Selection(question.site, unread, question.filters);
  const parameters = {
    dimension: selection.bind(isProperty(by) ? '' : by, 'text'),
    limit: selection.bind(limit, 'int'),
    days: selection.bind(
      spans.map(span => span.days),
      'smallint[]',
    ),
    day: selection.bind(
      spans.map(span => dateOf(span.day)),
      'date[]',
    ),
  };
  const sql = fill(topSql, { ...parameters, raw: rawBreakdown(selection, by) });
  const { rows } = await client.query<BreakdownAnswer[number]>(sql, selection.values);
  return rows;
}

function rawBreakdown(selection: Selection, by: Grouping): string {
  const { within, matches } = selection;
  if (isProperty(by)) {
    const value = `(event_data ->> ${selection.bindText(by.property)})`;
    return fill(rawSql, { within, value, matches: `event_name = ${selection.bindText(by.event)} AND ${matches}` });
  }
  const { of, value } = DIMENSION_SQL[by];
  return fill(of === 'visit' ? visitsSql : rawSql, { within, value, matches });
}

interface Known {
  /** First and last day that is rolled up; null if none is. */
  first: number | null;
  last: number | null;
  dirty: number[];
  spans: Span[];
}

interface Plan {
  spans: Span[];
  unread: Range[];
}

async function planSpans(client: PoolClient, { site, range }: Question): Promise<Plan> {
  const { days, parts } = cutIntoDays(range);
  if (days.from >= days.to) return { spans: [], unread: parts };
  const { rows } = await client.query<Known>(spansSql, [site, dateOf(days.from), dateOf(days.to)]);
  const known = rows[0] ?? { first: null, last: null, dirty: [], spans: [] };
  const dirty = known.dirty.map(day => ({ from: day * DAY, to: (day + 1) * DAY }));
  return { spans: chooseSpans(days, known), unread: joinRanges([...parts, ...dirty]) };
}

/** The longest spans first. A clean day that is not rolled up has no events. */
export function chooseSpans(days: Days, { first, last, dirty, spans }: Known): Span[] {
  if (first === null || last === null) return [];
  const made = new Set(spans.map(span => `${span.days} ${span.day}`));
  const unclean = new Set(dirty);
  const chosen: Span[] = [];
  const end = Math.min(days.to, last + 1);
  for (let day = Math.max(days.from, first); day < end; ) {
    const length =
      SPANS.findLast(length => made.has(`${length} ${day}`) && day + length <= days.to && isClean(day, length)) ?? 1;
    if (length > 1 || !unclean.has(day)) chosen.push({ days: length, day });
    day += length;
  }
  return chosen;

  function isClean(from: number, length: number): boolean {
    return dirty.every(day => day < from || day >= from + length);
  }
}
