/**
 * Requests and answers of `/api/*`, shared by the server and the command line. Times are unix milliseconds, ranges
 * [from, to). Imports nothing.
 */

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

export const UNITS = ['hour', 'day', 'month'] as const;
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

export const DROP_REASONS = ['bot', 'unknown_site', 'origin', 'malformed', 'too_large', 'rate', 'full'] as const;
export type DropReason = (typeof DROP_REASONS)[number];
export type Drops = Partial<Record<DropReason, number>>;

export interface Site {
  id: string;
  /** Hosts whose pages may send events; `*.example.com` covers every subdomain. Empty: any. */
  origins: string[];
  /** IANA name. */
  timezone: string;
  /** `environment`: declared by MUNTRA_ALLOWED_SITES or MUNTRA_SITE_ORIGINS and changed only there. */
  declared: 'store' | 'environment';
  created: number;
}

/** `GET /api/sites/:id`: with what was turned away, by UTC day, newest first, 30 days. */
export interface SiteDetail extends Site {
  drops: { day: string; reasons: Drops }[];
}

/** `POST /api/sites` */
export interface NewSite {
  id: string;
  origins?: string[];
  timezone?: string;
}

/** `PATCH /api/sites/:id` */
export interface SiteChange {
  origins?: string[];
  timezone?: string;
}

/** `GET /api/sites/:id/origins`, and the answer to POST and DELETE of `{origin}` there. */
export interface OriginsAnswer {
  origins: string[];
}

/** `DELETE /api/sites/:id`: the site is gone and its events with it. */
export interface RemovedAnswer {
  removed: string;
  events: number;
}

/** `GET /api/tokens` */
export interface ApiToken {
  name: string;
  /** `read`: only GET. */
  access: 'read' | 'admin';
  /** null: all, and the server itself. */
  sites: string[] | null;
  created: number;
  /** UTC day, null: never. */
  lastUsed: string | null;
}

/** `POST /api/tokens` */
export type NewToken = Pick<ApiToken, 'name' | 'access' | 'sites'>;

/** The answer to `POST /api/tokens`; nobody can read the token again. */
export interface CreatedToken extends ApiToken {
  token: string;
}

/** `DELETE /api/tokens/:name` */
export interface RevokedAnswer {
  revoked: string;
}

/** `POST /api/explain`: the event of a visitor. Texts that are left out are ''. */
export interface ExplainRequest {
  site: string;
  /** Of the page. */
  url: string;
  referrer: string;
  userAgent: string;
  ip: string;
  /** The header. */
  origin: string;
}

/** What `/collect` would do with it. */
export interface ExplainAnswer {
  kept: boolean;
  /** Of the answer; robots get a 204 too. */
  status: number;
  /** What to do about a refusal, else ''. */
  hint: string;
  /** In the order of the decisions; the last one says why it is not kept. */
  steps: ExplainStep[];
}

export interface ExplainStep {
  name: string;
  ok: boolean;
  detail: string;
}

/** `POST /api/flush` */
export interface FlushAnswer {
  events: number;
  rejected: number;
  seconds: number;
  /** Entries that still wait afterwards. */
  waiting: number;
}

/** `POST /api/rollup`; with `?rebuild=true` all days are rolled up anew, else those that changed. */
export interface RollupAnswer {
  /** Of all sites together. */
  days: number;
  seconds: number;
}

/** `GET /api/system` */
export interface SystemAnswer {
  version: string;
  started: number;
  storage: { store: 'embedded' | 'services'; buffer: 'spool' | 'redis' };
  /** `redis` only where there is one: while it is down, the buffer is the spool. */
  state: { store: 'up' | 'down'; buffer: 'up' | 'down'; redis?: 'up' | 'down' };
  buffer: { events: number; bytes: number };
  /** null until the first one. */
  lastFlush: { at: number; events: number; seconds: number } | null;
  /** Site days before today that changed since they were rolled up (null: PostgreSQL is away); this instance's last run. */
  rollup: { waiting: number | null; last: { at: number; days: number; seconds: number } | null };
  /** null: there was none, or the store is away. */
  lastBackup: LastBackup | null;
  /** Version of the Muntra that migrated the database last; null: the store is away. */
  schema: string | null;
  /** Of days before today (UTC), on disk and in Redis: 0 but for a moment after midnight. */
  oldSalts: number;
  /** Milliseconds by which the clocks of PostgreSQL and Redis are ahead of the server's; null: away, or there is none. */
  clock: { store: number | null; redis: number | null };
  /** Of the data directory, bytes. */
  disk: { free: number; total: number };
  /** Turned away today (UTC), all sites, unknown ones included. */
  dropsToday: Drops;
  /** Bytes. */
  memory: { rss: number; heapUsed: number };
}

/** `POST /api/prune`, and `GET` for what it would do: events past their retention, by site. */
export interface PruneAnswer {
  sites: PrunedSite[];
}

export interface PrunedSite {
  site: string;
  /** UTC day, `2025-06-30`: events before it. */
  before: string;
  events: number;
  /** Of their rows; indexes come on top. */
  bytes: number;
}

/** `POST /api/canary`: send an event `{site_id: site, name: id, from: <own address>}` to /collect within a minute. */
export interface CanaryOpened {
  id: string;
  site: string;
}

/** `GET /api/canary/:id`: what the server saw of that event. */
export interface CanaryAnswer {
  /** null: it has not come. */
  seen: Sighting | null;
  /** Its row was there, and is removed. */
  stored: boolean;
}

export type Network = 'loopback' | 'private' | 'public';

export interface Sighting {
  /** As they arrived; without an Origin ''. */
  path: string;
  origin: string;
  /** Whence the connection came, and whether MUNTRA_TRUSTED_PROXIES has it. */
  peer: { network: Network; trusted: boolean };
  /** Entries of X-Forwarded-For. */
  forwarded: number;
  /** What is taken for the visitor's address; `same`: it is the `from` of the event. */
  client: { network: Network; same: boolean };
}

/**
 * A line of `POST /api/import` and of `GET /api/export`. But for `url`, `referrer` and `user_agent`, which an export has not,
 * the keys are columns of `raw_events`; absent is null.
 */
export interface ImportedEvent {
  /** ISO 8601, or unix milliseconds. */
  created_at: string | number;
  site_id: string;
  /** 32 hex digits; any other text is hashed into them. */
  visitor_hash: string;
  /** Written by an export and not read: visits follow from the events. */
  session_hash?: string;
  /** Default: `pageview`. */
  event_name?: string;
  event_data?: object;
  /** Whole address of the page, in the place of `url_path`, `url_query` and `utm_*`. */
  url?: string;
  url_path?: string;
  url_query?: string;
  /** Whole address, in the place of the two below it. */
  referrer?: string;
  referrer_domain?: string;
  referrer_path?: string;
  /** In the place of `ua_*`. */
  user_agent?: string;
  ua_browser?: string;
  ua_browser_version?: string;
  ua_os?: string;
  ua_os_version?: string;
  ua_device?: string;
  country?: string;
  region?: string;
  city?: string;
  language?: string;
  screen?: string;
  viewport?: string;
  timezone?: string;
  pixel_ratio?: number;
  utm_source?: string;
  utm_medium?: string;
  utm_campaign?: string;
  utm_term?: string;
  utm_content?: string;
}

/** `POST /api/import?source&line&site`: lines that follow on the first `line` lines of the source. */
export interface ImportAnswer {
  /** Lines of the source that are done: the next one to send. Other than expected when the source is further already. */
  line: number;
  /** Stored by this request. */
  events: number;
  /** By their number in the source, from 1. */
  refused: { line: number; reason: string }[];
}

/** Bytes of the body of one `POST /api/import`, and its lines. */
export const IMPORT_LIMIT = { bytes: 2 ** 18, lines: 1000 } as const;

/** `GET /api/usage`; sizes in bytes. */
export interface UsageAnswer {
  /** Of the whole database. */
  bytes: number;
  events: number;
  /** Days for which events are kept unless a site says otherwise; 0: for ever. */
  retention: number;
  /** Largest first; `rows` is PostgreSQL's estimate. */
  tables: { table: string; rows: number; bytes: number; indexes: number }[];
  /**
   * Most events first. `bytes`: the share of all tables that its events have; `perDay`: events, `drops`: turned away, of the
   * last 30 days. '' where the site is not one of ours.
   */
  sites: { site: string; events: number; bytes: number; perDay: number; drops: Drops }[];
}

/** The last backup that was read to its end. */
export interface LastBackup {
  /** Unix milliseconds. */
  at: number;
  events: number;
}

/** `GET /ready`, 200 when store and buffer are true, else 503. `redis` only where there is one; without it the spool serves. */
export interface ReadyAnswer {
  store: boolean;
  buffer: boolean;
  redis?: boolean;
}

export interface ErrorAnswer {
  error: { code: string; message: string; hint: string };
}
