/** State and upkeep of the whole server. Times are unix milliseconds, sizes bytes. */
import type { Drops } from './site.ts';

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
  /** Days for which its events are kept. */
  retention: number;
  /** UTC day, `2025-06-30`: events before it. */
  before: string;
  events: number;
  /** Of their rows; indexes come on top. */
  bytes: number;
}

/** `GET /api/usage`; sizes in bytes. */
export interface UsageAnswer {
  /** Of the whole database. */
  bytes: number;
  events: number;
  /** Days for which events are kept where a site says nothing else; 0: for ever. */
  retention: number;
  /** Largest first; `rows` is PostgreSQL's estimate. */
  tables: { table: string; rows: number; bytes: number; indexes: number }[];
  /**
   * Most events first. `retention`: days for which its events are kept; `bytes`: the share of all tables that they have;
   * `perDay`: events, `drops`: turned away, of the last 30 days. '' where the site is not one of ours.
   */
  sites: { site: string; retention: number; events: number; bytes: number; perDay: number; drops: Drops }[];
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
