/** Questions about one site and their answers. Times are unix milliseconds, ranges [from, to). */

export interface Change {
  value: number;
  /** The same figure for the period of equal length just before. */
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

/** `filter=<dimension>:<op>:<value>`, repeatable (AND), on stats, timeseries, breakdown and live. */
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

/** `GET /api/live`: distinct visitors of the last 5 minutes. */
export interface LiveAnswer {
  active: number;
}
