/** An embedded PostgreSQL with the settings that Muntra gives it, for a benchmark: it can be started again to forget all. */
import { createLogger } from '../log.ts';
import { type EmbeddedPostgres, startEmbedded } from '../store/embedded.ts';
import { migrate } from '../store/migrate.ts';
import { openStore, type Store } from '../store/postgres.ts';

export interface Database {
  /** Of the server that runs now. */
  readonly store: Store;
  restart(): Promise<void>;
  close(): Promise<void>;
}

const log = createLogger('warn', process.stderr);

export async function openDatabase(dataDir: string): Promise<Database> {
  let postgres: EmbeddedPostgres;
  let store: Store;

  async function start(): Promise<void> {
    postgres = await startEmbedded({ dataDir, log });
    store = openStore(postgres.connection, { log });
  }

  async function stop(): Promise<void> {
    await store.close();
    await postgres.stop();
  }

  await start();
  return {
    get store() {
      return store;
    },
    async restart() {
      await stop();
      await start();
    },
    close: stop,
  };
}

export async function migrated(dataDir: string): Promise<Database> {
  const database = await openDatabase(dataDir);
  await migrate(database.store);
  return database;
}

/** Bytes of `raw_events` and its indexes, and of all rollups together. */
export async function diskOf(store: Store): Promise<{ table: number; indexes: number; rollups: number }> {
  const [raw] = await store.query<{ table: number; indexes: number }>(
    `SELECT sum(pg_table_size(relid))::float8 AS table, sum(pg_indexes_size(relid))::float8 AS indexes
     FROM pg_partition_tree('raw_events') WHERE isleaf`,
  );
  const [rollups] = await store.query<{ bytes: number }>(
    `SELECT sum(pg_total_relation_size(oid))::float8 AS bytes FROM pg_class
     WHERE relkind = 'r' AND relname ~ '_(daily|monthly|partial)$' AND relname <> 'drops_daily'`,
  );
  return { table: raw?.table ?? 0, indexes: raw?.indexes ?? 0, rollups: rollups?.bytes ?? 0 };
}
