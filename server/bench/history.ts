/**
 * A plausible past of some sites, the same in every run: visits with a daily and a weekly rhythm. One page in two is left with a time report, one in twenty has a custom event.
 */
import { ENGAGEMENT, type Event, type Row, toRow } from '../ingest/event.ts';
import { visitId } from '../pipeline/visits.ts';
import { createRandom, type Random } from '../random.ts';
import { EMPTY_EVENT } from '../testing/sample-event.ts';
import { type Browser, browsers, custom, home, origin, page } from './audience.ts';

export interface HistoryPlan {
  events: number;
  days: number;
  sites: number;
  /** Unix milliseconds; the last day ends here. */
  until: number;
  /** Another number makes another past. */
  number?: number;
}

/** Events in order of time, with the ids of their visits; all of one UTC hour. */
export interface HistoryHour {
  rows: Row[];
  visits: string[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Of a day, by the hour; of a week, Sunday first. */
const HOURS = [3, 2, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 12, 12, 12, 12, 11, 11, 12, 13, 13, 11, 8, 5];
const WEEKDAYS = [7, 11, 12, 12, 11, 10, 6];
/** What a time report does not tell. */
const NO_SCREEN = { screen: null, viewport: null, timezone: null, language: null, pixelRatio: null } as const;

export const siteName = (index: number): string => `site-${index + 1}`;

/** Yields hour by hour; a site has 1.4 times the events of the next one. */
export function* history({ events, days, sites, until, number = 0 }: HistoryPlan): Generator<HistoryHour> {
  const random = createRandom(20_260_101 + number);
  const known = browsers();
  const hours = hoursUntil(until, days);
  const hourShares = shares(hours.map(hour => weight(hour) * Math.min(1, (until - hour) / HOUR)));
  const siteShares = shares(Array.from({ length: sites }, (_, i) => 2 ** (-i / 2)));
  let due = 0;
  let given = 0;
  let later: Stored[] = [];
  for (const [i, hour] of hours.entries()) {
    const end = Math.min(until, Math.floor(hour / DAY) * DAY + DAY);
    for (const [n, share] of siteShares.entries()) {
      due += events * share * (hourShares[i] ?? 0);
      const quota = Math.round(due) - given;
      given += quota;
      const visitors = visitorsOf(random, siteName(n), { from: hour, to: Math.min(hour + HOUR, until), end }, known);
      for (let left = quota; left > 0; left--) later.push(visitors.next().value);
    }
    const now = later.filter(({ row }) => row.at < hour + HOUR).sort((a, b) => a.row.at - b.row.at);
    later = later.filter(({ row }) => row.at >= hour + HOUR);
    yield { rows: now.map(({ row }) => row), visits: now.map(({ visit }) => visit) };
  }
}

interface Stored {
  row: Row;
  visit: string;
}

/** When visitors of an hour come, and where their day or the whole past ends. */
interface Hour {
  from: number;
  to: number;
  end: number;
}

/** Events of visitors who come within an hour, without end, one visitor after the other. */
function* visitorsOf(random: Random, site: string, hour: Hour, known: Browser[]): Generator<Stored, never> {
  while (true) {
    const who: Event = {
      ...EMPTY_EVENT,
      ...known[random.zipf(known.length)],
      ...home(random),
      site,
      visitor: random.hash(),
    };
    let at = hour.from + random.next() * (hour.to - hour.from);
    do {
      at = yield* visit(random, who, Math.floor(at), hour.end);
      at += 31 * 60_000 + random.wait(3 * HOUR);
    } while (at < hour.end && random.next() < 0.25);
  }
}

/** Yields the events of a visit and returns the time of its last one. */
function* visit(random: Random, who: Event, start: number, end: number): Generator<Stored, number> {
  const id = visitId(who.visitor, start);
  const store = (event: Partial<Event>): Stored => ({ visit: id, row: toRow({ ...who, ...event }) });
  let source = origin(random);
  let last = start;
  for (let at = start; at < end; ) {
    const path = page(random);
    last = at;
    yield store({ ...source, at, name: 'pageview', path });
    source = {};
    const stay = Math.floor(Math.min(5_000 + random.wait(60_000), 25 * 60_000));
    if (random.next() < 0.05 && at + stay / 2 < end) {
      last = Math.floor(at + stay / 2);
      yield store({ at: last, path, ...custom(random) });
    }
    at += stay;
    if (random.next() < 0.5 && at < end) {
      last = at;
      yield store({ ...NO_SCREEN, at, name: ENGAGEMENT, path });
    }
    if (random.next() < 0.45) break;
  }
  return last;
}

/** Starts of the UTC hours of so many days, the last one that of `until`. */
function hoursUntil(until: number, days: number): number[] {
  const first = Math.floor((until - 1) / DAY) * DAY - (days - 1) * DAY;
  return Array.from({ length: Math.ceil((until - first) / HOUR) }, (_, i) => first + i * HOUR);
}

function weight(hour: number): number {
  const date = new Date(hour);
  return (HOURS[date.getUTCHours()] ?? 0) * (WEEKDAYS[date.getUTCDay()] ?? 0);
}

function shares(weights: number[]): number[] {
  const sum = weights.reduce((total, share) => total + share, 0);
  return weights.map(share => share / sum);
}
