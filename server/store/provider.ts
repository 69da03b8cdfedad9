/**
 * Which PostgreSQL: yours (`MUNTRA_POSTGRES_DSN`) or an embedded one. Either way what comes out is a migrated store, or one
 * that will be migrated as soon as it can be reached: PostgreSQL being away is no reason not to take events.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolConfig } from 'pg';
import type { Config } from '../config.ts';
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { startEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';
import { openStore, type Store } from './postgres.ts';

export interface Provider {
  store: Store;
  /** The store, then PostgreSQL itself if it is ours. */
  close(): Promise<void>;
}

const RETRY_EVERY = 2_000;

/** Throws MuntraErrors: what embedded.ts throws, and `store_start` for a database that can be reached but not migrated. */
export async function openProvider(
  config: Pick<Config, 'postgresDsn'>,
  dataDir: string,
  log: Logger,
): Promise<Provider> {
  const { connection, stop } = await locate(config.postgresDsn, dataDir, log);
  const store = openStore(connection, { log });
  const closing = new AbortController();
  try {
    if (!(await migrated(store))) void migrateLater(store, log, closing.signal);
  } catch (error) {
    await store.close();
    await stop();
    throw error;
  }
  return {
    store,
    async close() {
      closing.abort();
      await store.close();
      await stop();
    },
  };
}

async function locate(
  dsn: string,
  dataDir: string,
  log: Logger,
): Promise<{ connection: PoolConfig; stop(): Promise<void> }> {
  return dsn === ''
    ? startEmbedded({ dataDir, log })
    : { connection: { connectionString: dsn }, stop: () => Promise.resolve() };
}

async function migrated(store: Store): Promise<boolean> {
  try {
    await migrate(store);
    return true;
  } catch (error) {
    if (error instanceof MuntraError && error.code === 'store_unavailable') return false;
    throw error;
  }
}

async function migrateLater(store: Store, log: Logger, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(RETRY_EVERY, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    try {
      if (await migrated(store)) return;
    } catch (error) {
      log.error({ err: error }, 'the database cannot be migrated');
      return;
    }
  }
}
