/**
 * A plausible past of some sites, the same in every run: visits with a daily and a weekly rhythm, pages and referrers
 * after Zipf, browsers of real user agents. One page in two is left with a time report, one in twenty has a custom event.
 */
import UserAgent from 'user-agents';
import { readAgent } from '../ingest/agent.ts';
import { ENGAGEMENT, type Event } from '../ingest/event.ts';
import { visitId } from '../pipeline/visits.ts';
import { createRandom, type Random } from './random.ts';

export interface HistoryPlan {
  events: number;
  days: number;
  sites: number;
  /** Unix milliseconds; the last day ends here. */
  until: number;
}

/** Events of one UTC day, in order of time; `visits` in the order of `events`. */
export interface HistoryDay {
  day: number;
  events: Event[];
  visits: string[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AGENTS = 2_000;
const PATHS = 20_000;
const REFERRERS = 500;
/** Of a day, by the hour; of a week, Sunday first. */
const HOURS = [3, 2, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 12, 12, 12, 12, 11, 11, 12, 13, 13, 11, 8, 5];
const WEEKDAYS = [7, 11, 12, 12, 11, 10, 6];
const COUNTRIES = [
  'US',
  'DE',
  'GB',
  'SE',
  'FR',
  'IN',
  'NL',
  'CA',
  'BR',
  'ES',
  'PL',
  'IT',
  'JP',
  'AU',
  'CH',
  'AT',
] as const;
const LANGUAGES = ['en-US', 'de-DE', 'en-GB', 'sv-SE', 'fr-FR', 'nl-NL', 'pt-BR', 'es-ES', 'pl-PL', 'ja-JP'] as const;
const TIMEZONES = [
  'America/New_York',
  'Europe/Berlin',
  'Europe/London',
  'Europe/Stockholm',
  'Asia/Kolkata',
  'Asia/Tokyo',
] as const;
const NO_EVENT = { referrerDomain: null, referrerPath: null, query: null, data: null } as const;

export const siteName = (index: number): string => `site-${index + 1}`;

/** Yields day by day; a site has twice the events of the one after the next. */
export function* history({ events, days, sites, until }: HistoryPlan): Generator<HistoryDay> {
  const random = createRandom(20_260_101);
  const browsers = UserAgent.top(AGENTS).map(({ userAgent, screenWidth, screenHeight }) =>
    browser(userAgent, screenWidth, screenHeight),
  );
  const first = Math.floor((until - 1) / DAY) - days + 1;
  const starts = Array.from({ length: days }, (_, i) => (first + i) * DAY);
  const dayShares = shares(starts.map(day => weight(day) * presence(day, until)));
  const siteShares = shares(Array.from({ length: sites }, (_, i) => 2 ** (-i / 2)));
  let due = 0;
  let given = 0;
  for (const [i, day] of starts.entries()) {
    const rows: { event: Event; visit: string }[] = [];
    for (const [n, share] of siteShares.entries()) {
      due += events * share * (dayShares[i] ?? 0);
      const quota = Math.round(due) - given;
      given += quota;
      const visitors = visitorsOf(random, siteName(n), day, Math.min(until, day + DAY), browsers);
      for (let left = quota; left > 0; left--) rows.push(visitors.next().value);
    }
    rows.sort((a, b) => a.event.at - b.event.at);
    yield { day, events: rows.map(row => row.event), visits: rows.map(row => row.visit) };
  }
}

type Row = { event: Event; visit: string };

/** Events of one site and day without end, visitor after visitor. */
function* visitorsOf(
  random: Random,
  site: string,
  day: number,
  end: number,
  browsers: Browser[],
): Generator<Row, never> {
  while (true) {
    const who = {
      ...(browsers[random.zipf(browsers.length)] ?? browser('', 0, 0)),
      ...home(random),
      site,
      visitor: random.hash(),
    };
    for (let at = arrival(random, day); at < end; at += 31 * 60_000 + random.wait(3 * HOUR)) {
      at = yield* visit(random, who, Math.floor(at), end);
      if (random.next() < 0.75) break;
    }
  }
}

/** Yields the events of a visit and returns the time of its last one. */
function* visit(random: Random, who: Who, start: number, end: number): Generator<Row, number> {
  const id = visitId(who.visitor, start);
  const source = origin(random);
  let at = start;
  let last = start;
  for (let page = 0; at < end; page++) {
    const path = pagePath(random.zipf(PATHS));
    yield { visit: id, event: { ...who, ...NO_EVENT, ...(page === 0 ? source : {}), at, name: 'pageview', path } };
    last = at;
    const stay = Math.min(5_000 + random.wait(60_000), 25 * 60_000);
    if (random.next() < 0.05 && at + stay / 2 < end) {
      last = Math.floor(at + stay / 2);
      yield { visit: id, event: { ...who, ...NO_EVENT, at: last, path, ...custom(random) } };
    }
    at = Math.floor(at + stay);
    if (random.next() < 0.5 && at < end) {
      last = at;
      yield { visit: id, event: { ...who, ...NO_EVENT, ...NO_SCREEN, at, name: ENGAGEMENT, path } };
    }
    if (random.next() < 0.45) break;
  }
  return last;
}

const NO_SCREEN = { screen: null, viewport: null, timezone: null, language: null, pixelRatio: null } as const;

type Browser = Pick<
  Event,
  'browser' | 'browserVersion' | 'os' | 'osVersion' | 'device' | 'screen' | 'viewport' | 'pixelRatio'
>;
type Who = Omit<Event, 'at' | 'name' | 'path' | 'data' | 'query' | 'referrerDomain' | 'referrerPath'>;

function browser(userAgent: string, width: number, height: number): Browser {
  const { bot: _, ...agent } = readAgent(userAgent);
  return {
    ...agent,
    screen: `${width}x${height}`,
    viewport: `${width}x${height - 120}`,
    pixelRatio: width < 1000 ? 3 : 1,
  };
}

function home(random: Random) {
  return {
    country: COUNTRIES[random.zipf(COUNTRIES.length)] ?? null,
    region: null,
    city: null,
    language: LANGUAGES[random.zipf(LANGUAGES.length)] ?? null,
    timezone: TIMEZONES[random.zipf(TIMEZONES.length)] ?? null,
    ...NO_CAMPAIGN,
  };
}

const NO_CAMPAIGN = { utmSource: null, utmMedium: null, utmCampaign: null, utmTerm: null, utmContent: null } as const;

/** Where a visit comes from: half of them nowhere, one in twenty a campaign. */
function origin(random: Random): Partial<Event> {
  const chance = random.next();
  if (chance < 0.5) return {};
  if (chance < 0.95) return { referrerDomain: `www-${random.zipf(REFERRERS)}.example.org`, referrerPath: '/' };
  const [utmSource, utmMedium] = random.pick([
    ['newsletter', 'email'],
    ['mastodon', 'social'],
    ['ads', 'cpc'],
  ]) as [string, string];
  const utmCampaign = `campaign-${random.zipf(20)}`;
  return {
    query: `utm_source=${utmSource}&utm_medium=${utmMedium}&utm_campaign=${utmCampaign}`,
    utmSource,
    utmMedium,
    utmCampaign,
  };
}

function custom(random: Random): Pick<Event, 'name' | 'data'> {
  const plan = random.pick(['free', 'pro', 'team']);
  return random.pick([
    { name: 'signup', data: JSON.stringify({ plan, seats: 1 + random.zipf(20) }) },
    { name: 'download', data: JSON.stringify({ file: `release-${random.zipf(12)}.zip` }) },
    { name: 'search', data: null },
  ]);
}

const SECTIONS = ['blog', 'docs', 'guides', 'shop', 'news'] as const;

function pagePath(rank: number): string {
  return rank === 0 ? '/' : `/${SECTIONS[rank % SECTIONS.length]}/page-number-${rank}`;
}

function arrival(random: Random, day: number): number {
  let chance = random.next() * HOURS.reduce((sum, hour) => sum + hour, 0);
  const hour = HOURS.findIndex(share => {
    chance -= share;
    return chance < 0;
  });
  return day + (hour + random.next()) * HOUR;
}

const weight = (day: number): number => WEEKDAYS[new Date(day).getUTCDay()] ?? 0;

/** How much of a day is over. */
function presence(day: number, until: number): number {
  const hours = Math.min(24, (until - day) / HOUR);
  const over = HOURS.reduce((sum, hour, i) => sum + hour * Math.min(1, Math.max(0, hours - i)), 0);
  return over / HOURS.reduce((sum, hour) => sum + hour, 0);
}

function shares(weights: number[]): number[] {
  const sum = weights.reduce((total, share) => total + share, 0);
  return weights.map(share => share / sum);
}
