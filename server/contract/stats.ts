/** Questions about one site and their answers. Times are unix milliseconds, ranges [from, to). */

export interface Change {
  value: number;
  /** The same figure for the time it is compared with: by default the one of equal length just before. */
  prev: number;
}

/** `GET /api/stats` */
export interface StatsAnswer {
  pageviews: Change;
  /** Distinct visitors of each UTC day, added up (the salt changes at UTC midnight). */
  visitors: Change;
  /** Visits end after 30 minutes of silence, and at UTC midnight. */
  visits: Change;
  /** Visits with one pageview and no custom event. */
  bounces: Change;
  /** Seconds between the first and the last event of each visit, added up; divide by visits for the mean. */
  duration: Change;
}

export const UNITS = ['minute', 'hour', 'day', 'month'] as const;
export type Unit = (typeof UNITS)[number];

/** `GET /api/timeseries`; every bucket of the range is present. */
export interface TimeseriesAnswer {
  unit: Unit;
  points: { x: number; pageviews: number; sessions: number; visitors: number }[];
}

export const DIMENSIONS = [
  'url',
  'referrer',
  'country',
  'region',
  'city',
  'browser',
  'os',
  'device',
  'entry',
  'exit',
  'browser_version',
  'os_version',
  'language',
  'screen',
  'viewport',
  'timezone',
  'event',
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const FILTER_OPS = ['is', 'is_not', 'contains', 'starts_with'] as const;
export type FilterOp = (typeof FILTER_OPS)[number];

/** `filter=<dimension>:<op>:<value>`, repeatable (AND), on stats, timeseries, breakdown, live and fleet. */
export interface Filter {
  dimension: Dimension;
  op: FilterOp;
  value: string;
}

/** What a breakdown groups by: `by=<dimension>`, or `by=prop:<key>&event=<name>`, a property of a custom event. */
export type Grouping = Dimension | { event: string; property: string };

/** `GET /api/breakdown`: x the value, y its events (engagement reports left out), most first, then by x. */
export type BreakdownAnswer = { x: string; y: number; visitors: number }[];

export const BREAKDOWN_LIMIT = { default: 100, max: 10_000 } as const;

/** Who is on a site. */
export interface Presence {
  /** Distinct visitors of the last 5 minutes. */
  active: number;
  /** Of the last 30 minutes, and of those exactly seven days before. */
  visitors: Change;
  pageviews: Change;
}

/** `GET /api/live`: a site now. */
export interface LiveAnswer extends Presence {
  at: number;
  /** The last 30, oldest first; the last one still runs. All below is of these minutes. */
  minutes: TimeseriesAnswer['points'];
  /** The last 10 pageviews, newest first. */
  last: { at: number; url: string; country: string | null }[];
  /** At most 10 rows each. */
  pages: BreakdownAnswer;
  referrers: BreakdownAnswer;
  countries: BreakdownAnswer;
}

export const PERIODS = ['24h', '7d', '30d', '90d', '12mo', 'today', 'month'] as const;
export type PeriodName = (typeof PERIODS)[number];

/** `GET /api/fleet?period`, or `from` and `to`: all sites that the token sees, most visitors first. */
export type FleetAnswer = FleetSite[];

export interface FleetSite {
  site: string;
  /** In which its period is read. */
  timezone: string;
  from: number;
  to: number;
  /** What each `prev` in `stats` is about. */
  previous: { from: number; to: number };
  stats: StatsAnswer;
  timeseries: TimeseriesAnswer;
}

/** `GET /api/fleet/live`: all sites now, most active first. */
export interface FleetLiveAnswer {
  at: number;
  active: number;
  sites: ({ site: string } & Presence)[];
}
