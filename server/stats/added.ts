/**
 * Days that were rolled up before their last events came, such as a busy today. Each figure is a sum over visitors, and a
 * visitor's share of it follows from that visitor's events of the day alone. So what is true now is what was rolled up,
 * plus what all events of those visitors come to who have come since, less what those of them that are rolled up came to.
 */
import type { PoolClient } from 'pg';
import unrolledSql from '../../schema/queries/days.unrolled.sql';
import eventsSql from '../../schema/queries/visitors.added.sql';
import { partitionOf } from '../store/partitions.ts';
import { DAY, type Days, dateOf } from './days.ts';
import { fill, instant, type Selection } from './selection.ts';

export interface Added {
  day: number;
  /** Unix milliseconds; what was added begins then. */
  from: number;
  /** Id of the newest event that is rolled up. */
  upTo: string;
}

/** Days whose rollups are not true now. */
export interface Unrolled {
  /** To be read from events. */
  changed: number[];
  added: Added[];
}

/** Where an import, or a buffer that was full for long, has added to many days, they are read from events. */
const MOST_ADDED = 2;

export async function readUnrolled(client: PoolClient, site: string, { from, to }: Days): Promise<Unrolled> {
  const { rows } = await client.query<Added | { day: number; from: null }>(unrolledSql, [
    site,
    dateOf(from),
    dateOf(to),
  ]);
  const added = rows.filter(row => row.from !== null).slice(0, MOST_ADDED);
  const latest = new Set(added.map(({ day }) => day));
  return { added, changed: rows.map(({ day }) => day).filter(day => !latest.has(day)) };
}

/**
 * All events that the visitors who have come since have on those days, as SQL of rows as of `raw_events`; `rolled` tells which
 * of them are rolled up.
 */
export function eventsOf(selection: Selection, added: Added[]): string {
  const days = added.map(({ day, from, upTo }) =>
    fill(eventsSql, {
      month: partitionOf(day * DAY),
      day: selection.bind(instant(day * DAY), 'timestamptz'),
      from: selection.bind(instant(from), 'timestamptz'),
      up_to: selection.bind(upTo, 'bigint'),
    }),
  );
  return days.join('UNION ALL\n');
}
