/**
 * Visits: the events of a visitor on a site within a UTC day, in order of time, cut where more than 30 minutes pass.
 * An event that comes after what is stored goes on with the visitor's last visit or begins one, by one look at the last
 * stored event. One that comes before it may begin, stretch or join visits: then the visitor's day is divided anew.
 */
import type { PoolClient } from 'pg';
import lastSql from '../../schema/queries/visit.last.sql';
import rewindowSql from '../../schema/queries/visit.rewindow.sql';
import type { Row } from '../ingest/event.ts';
import { partitionOf } from '../store/partitions.ts';
import type { Claim } from './event-writer.ts';
import { VisitMemory } from './visit-memory.ts';

const PAUSE = 30 * 60_000;
const DAY = 86_400_000;
const VISITOR_DIGITS = 12;

/** What the visits of one visitor depend on: nothing outside of one UTC day. */
export interface VisitorDay {
  site: string;
  visitor: string;
  /** Unix milliseconds of its start. */
  day: number;
}

/** A visitor's last stored event of a day. */
export interface LastStored {
  /** Unix milliseconds; a fraction if another program stored it in microseconds. */
  at: number;
  /** Unix second in which its visit began; NaN if another program named the visit. */
  start: number;
}

const memory = new VisitMemory();

/**
 * Visits of events that the holder of the claim is about to store, in their order. `rewindow` has to be called for `late`
 * once they are.
 */
export async function assignVisits(
  client: PoolClient,
  events: Row[],
  claim: Claim,
): Promise<{ visits: string[]; late: VisitorDay[] }> {
  memory.open(claim);
  const groups = byVisitorDay(events);
  const stored = await lastStored(client, groups);
  const visits = new Array<string>(events.length);
  const late: VisitorDay[] = [];
  for (const group of groups) {
    const last = stored.get(group);
    const [first] = group.order.sort((a, b) => a.event.at - b.event.at);
    const isLast = !last || !first || !isLate(first.event.at, last);
    let { at, start } = last ?? { at: Number.NEGATIVE_INFINITY, start: Number.NaN };
    let visit = visitId(group.visitor, start * 1000);
    for (const { event, index } of group.order) {
      if (event.at - at > PAUSE) {
        start = Math.floor(event.at / 1000);
        visit = visitId(group.visitor, start * 1000);
      }
      at = Math.max(at, event.at);
      visits[index] = visit;
    }
    if (!isLast) late.push(group);
    memory.keep(group, isLast ? { at, start } : undefined, claim);
  }
  return { visits, late };
}

/** Divides whole days into visits anew, from the events that are stored. */
export async function rewindow(client: PoolClient, days: VisitorDay[]): Promise<void> {
  for (const [partition, group] of byPartition(days)) await client.query(on(partition, rewindowSql), parameters(group));
}

/**
 * 12 digits of the visitor and the second in which the visit began, both in hexadecimal. Unique within the site: two
 * visits of one visitor cannot begin in the same second, and of two visitors only if 48 bits of their hashes agree.
 */
export function visitId(visitor: string, start: number): string {
  return `${visitor.slice(0, VISITOR_DIGITS)}-${Math.floor(start / 1000).toString(16)}`;
}

/**
 * An event before the last stored one changes nothing if it comes after the first second of the same visit: then the two
 * that frame it are in one visit already. So events of two instances, hardly out of order, stay cheap. A visit that the
 * Go Muntra named has no second: such a day is divided anew.
 */
function isLate(at: number, last: LastStored): boolean {
  return Number.isNaN(last.start) || (at < last.at && at < (last.start + 1) * 1000);
}

interface Group extends VisitorDay {
  order: { event: Row; index: number }[];
}

function byVisitorDay(events: Row[]): Group[] {
  const groups = new Map<string, Group>();
  events.forEach((event, index) => {
    const day = Math.floor(event.at / DAY) * DAY;
    const key = `${day}\0${event.visitor}\0${event.site}`;
    const group = groups.get(key);
    if (group) group.order.push({ event, index });
    else groups.set(key, { site: event.site, visitor: event.visitor, day, order: [{ event, index }] });
  });
  return [...groups.values()];
}

async function lastStored<Day extends VisitorDay>(client: PoolClient, days: Day[]): Promise<Map<Day, LastStored>> {
  const found = new Map<Day, LastStored>();
  const unknown = days.filter(day => {
    const last = memory.recall(day);
    if (last) found.set(day, last);
    return !last;
  });
  for (const [partition, group] of byPartition(unknown)) {
    const { rows } = await client.query<{ n: number; at: number; visit: string }>(
      on(partition, lastSql),
      parameters(group),
    );
    for (const { n, at, visit } of rows) {
      const day = group[n - 1];
      if (day) found.set(day, { at, start: startOf(visit) });
    }
  }
  return found;
}

/** The inverse of `visitId`, in seconds. */
function startOf(visit: string): number {
  return visit[VISITOR_DIGITS] === '-' ? Number.parseInt(visit.slice(VISITOR_DIGITS + 1), 16) : Number.NaN;
}

function byPartition<Day extends VisitorDay>(days: Day[]): Map<string, Day[]> {
  const partitions = new Map<number, string>();
  return Map.groupBy(days, ({ day }) => {
    const partition = partitions.get(day) ?? partitionOf(day);
    partitions.set(day, partition);
    return partition;
  });
}

/**
 * The queries name the partition. Asked for `raw_events` and a range of time, PostgreSQL may prefer the index on
 * (site_id, created_at), as long as it has no fresh statistics, and read a site's whole day for each visitor.
 */
const on = (partition: string, sql: string): string => sql.replaceAll('raw_events', partition);

function parameters(days: VisitorDay[]): [sites: string[], visitors: string[], days: string[]] {
  return [
    days.map(({ site }) => site),
    days.map(({ visitor }) => visitor),
    days.map(({ day }) => new Date(day).toISOString()),
  ];
}
