/**
 * Which PostgreSQL: yours (`MUNTRA_POSTGRES_DSN`) or an embedded one. Either way a store comes out that counts as away
 * until its schema is up to date. Neither a PostgreSQL that is away nor the long take-over of a Go Muntra's history is a
 * reason not to take events.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type PoolConfig } from 'pg';
import type { Config } from '../config.ts';
import { freeDisk } from '../disk.ts';
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { connectionOf } from './connection.ts';
import { startEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';
import { openStore, type Store } from './postgres.ts';

export interface Provider {
  store: Store;
  /** The store, then PostgreSQL itself if it is ours. */
  close(): Promise<void>;
}

/** The start waits so long for the migration, and fails with it. */
const PATIENCE = 3_000;
const RETRY_EVERY = 2_000;

/** Throws MuntraErrors: what embedded.ts and connection.ts throw, and `store_start` for a database that can be reached but not migrated. */
export async function openProvider(
  config: Pick<Config, 'postgresDsn'>,
  dataDir: string,
  log: Logger,
): Promise<Provider> {
  const { connection, stop, freeDisk } = await locate(config.postgresDsn, dataDir, log);
  const store = openStore(connection, { log });
  const closing = new AbortController();
  async function close(): Promise<void> {
    closing.abort();
    await store.close();
    await stop();
  }
  const migration = migrateWhenUp(() => migrate(store, log, { freeDisk }), closing.signal, log);
  const migrated = new AbortController();
  try {
    // This timer alone keeps the process running while PostgreSQL is away.
    await Promise.race([migration.done, sleep(PATIENCE, undefined, { signal: migrated.signal })]);
  } catch (error) {
    await close();
    throw error;
  } finally {
    migrated.abort();
  }
  migration.done.catch(error => log.error({ reason: String(error) }, 'the database cannot be migrated'));
  return { store: heldUntil(migration, store), close };
}

interface Located {
  connection: PoolConfig;
  stop(): Promise<void>;
  /** Bytes; only of a disk that we see. */
  freeDisk?: () => number;
}

async function locate(dsn: string, dataDir: string, log: Logger): Promise<Located> {
  if (dsn !== '') return { connection: connectionOf(dsn), stop: () => Promise.resolve() };
  return { ...(await startEmbedded({ dataDir, log })), freeDisk: () => freeDisk(dataDir) };
}

/**
 * Lends the store, and what migrates it, to `work` with no server around it. The embedded one must not be in use: the
 * caller holds the lock of the data directory. Throws what embedded.ts, connection.ts and `work` throw.
 */
export async function withStore<T>(
  config: Pick<Config, 'postgresDsn'>,
  dataDir: string,
  log: Logger,
  work: (store: Store, migrateIt: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const { connection, stop, freeDisk } = await locate(config.postgresDsn, dataDir, log);
  // Not as servers are called: a restore tells by that whether there is one.
  const store = openStore({ ...connection, application_name: 'muntra command' }, { log });
  try {
    return await work(store, () => migrate(store, log, { freeDisk }));
  } finally {
    await store.close();
    await stop();
  }
}

interface Migration {
  /** Throws what is wrong with the database. */
  done: Promise<void>;
  /** What the last attempt met. */
  readonly outage: MuntraError | undefined;
}

/** SQLSTATE: not serializable, deadlock, lock not available, cancelled. Others were in the way; nothing is wrong with the database. */
const IN_THE_WAY = new Set(['40001', '40P01', '55P03', '57014']);

function isInTheWay(error: unknown): boolean {
  const refusal = error instanceof MuntraError ? error.cause : error;
  return refusal instanceof DatabaseError && IN_THE_WAY.has(refusal.code ?? '');
}

/** Tries until PostgreSQL is there and nobody is in the way. */
function migrateWhenUp(migrate: () => Promise<void>, closing: AbortSignal, log: Logger): Migration {
  let outage: MuntraError | undefined;
  async function run(): Promise<void> {
    while (!closing.aborted) {
      try {
        return await migrate();
      } catch (error) {
        if (error instanceof MuntraError && error.code === 'store_unavailable') outage = error;
        else if (isInTheWay(error)) log.warn({ reason: String(error) }, 'the migration is tried again');
        else throw error;
      }
      await sleep(RETRY_EVERY, undefined, { signal: closing, ref: false }).catch(() => {});
    }
  }
  return {
    done: run(),
    get outage() {
      return outage;
    },
  };
}

/** The store, away until `migration` is done. */
function heldUntil(migration: Migration, store: Store): Store {
  let migrated = false;
  migration.done.then(
    () => {
      migrated = true;
    },
    () => {},
  );
  function check(): void {
    if (migrated) return;
    if (migration.outage && !store.up) throw migration.outage;
    const hint = 'wait; the log tells what is being done or waited for';
    throw new MuntraError('store_unavailable', 'The database is not ready yet', hint);
  }
  return {
    async query(sql, values) {
      check();
      return store.query(sql, values);
    },
    async transaction(work) {
      check();
      return store.transaction(work);
    },
    get up() {
      return migrated && store.up;
    },
    ping: async () => migrated && store.ping(),
    close: store.close,
  };
}
