/**
 * SQL of lists that are read from their first to their last value: of events, of parts of days that are kept, and of days to
 * which events were added.
 */
import addedSql from '../../schema/queries/breakdown.added.sql';
import rawSql from '../../schema/queries/breakdown.raw.sql';
import visitsSql from '../../schema/queries/breakdown_visits.raw.sql';
import pickedSql from '../../schema/queries/visits.picked.sql';
import type { Dimension, Grouping } from '../contract/stats.ts';
import { type Added, eventsOf } from './added.ts';
import { dateOf, type Range } from './days.ts';
import { DIMENSION_SQL, isOfVisits, isProperty, ORDER } from './dimensions.ts';
import { type Parts, WHOLE } from './halves.ts';
import { fill, instant, type Selection } from './selection.ts';

/** What is added to the list of the selection's events, which are read in `parts`. */
interface Sources {
  added: Added[];
  /** Parts of days whose lists of a dimension are kept. */
  kept: Range[];
  parts: Parts;
}

/** Rows of x, y and visitors, each value once. */
export function wholeList(selection: Selection, by: Grouping, { added, kept, parts }: Sources): string {
  const slice = selection.slices().sql;
  const read = addUp([
    ...(groupsMuch(selection, by) ? parts : WHOLE).map(part =>
      ofEvents(selection, by, { events: 'raw_events', within: `(${selection.within}) AND ${part}`, slice }),
    ),
    ...(isProperty(by) ? [] : kept.map(part => ofPart(selection, by, part))),
  ]);
  if (isProperty(by) || added.length === 0) return read;
  const returned = { events: 'added', slice: 'created_at::date' };
  return fill(addedSql, {
    read,
    daily: DIMENSION_SQL[by].daily,
    value: DIMENSION_SQL[by].column,
    days: selection.bind(
      added.map(({ day }) => dateOf(day)),
      'date[]',
    ),
    events: eventsOf(selection, added),
    present: ofEvents(selection, by, { ...returned, within: 'true' }),
    rolled: ofEvents(selection, by, { ...returned, within: 'rolled' }),
  });
}

/**
 * Whether most of the work is to group the events: nearly each has a page and a visitor of its own. To read events for the
 * other lists, PostgreSQL divides them among the processes by itself.
 */
function groupsMuch({ filtered }: Selection, by: Grouping): boolean {
  if (by === 'url') return !filtered;
  return !isProperty(by) && isOfVisits(DIMENSION_SQL[by].of);
}

function addUp(lists: string[]): string {
  if (lists.length === 1) return lists.join();
  return `SELECT x, sum(y)::bigint AS y, sum(visitors)::bigint AS visitors
    FROM (${lists.join(' UNION ALL ')}) part GROUP BY x`;
}

function ofPart(selection: Selection, by: Dimension, { from, to }: Range): string {
  return `SELECT value AS x, views AS y, visitors FROM breakdowns_partial
    WHERE site_id = $1 AND dimension = ${selection.bind(by, 'text')}
      AND from_at = ${selection.bind(instant(from), 'timestamptz')} AND to_at = ${selection.bind(instant(to), 'timestamptz')}`;
}

/** Where its rows are, which of them count, and the part of the range that each lies in, none across a midnight. */
interface Rows {
  events: string;
  within: string;
  slice: string;
}

function ofEvents(selection: Selection, by: Grouping, rows: Rows): string {
  const { matches } = selection;
  if (isProperty(by)) {
    const value = `(event_data ->> ${selection.bindText(by.property)})`;
    return fill(rawSql, { ...rows, value, matches: `event_name = ${selection.bindText(by.event)} AND ${matches}` });
  }
  const { of, value } = DIMENSION_SQL[by];
  if (!isOfVisits(of)) return fill(rawSql, { ...rows, value, matches });
  const picked = selection.filtered ? fill(pickedSql, { ...rows, matches }) : 'true';
  return fill(visitsSql, { ...rows, value, order: ORDER[of], picked });
}
