/**
 * Whether a backup can be restored, by restoring it: into a PostgreSQL of its own, in a temporary directory, from which all
 * is then read again and compared with what the backup says. Where the backup comes from notices nothing.
 */
import daysSql from '../../schema/queries/backup.days.sql';
import type { Logger } from '../log.ts';
import { startEmbedded } from '../store/embedded.ts';
import { migrate } from '../store/migrate.ts';
import { openStore, type Store } from '../store/postgres.ts';
import { copyRows, type Header, prepare } from './block.ts';
import type { Loaded } from './load.ts';
import { restore } from './restore.ts';
import { damaged, Scanner } from './scan.ts';
import { openScratch, removeLeftovers } from './scratch.ts';

export interface Verified {
  header: Header;
  tables: { table: string; rows: number }[];
  sites: { site: string; events: number; pageviews: number; days: number; first: string; last: string }[];
}

/** Nothing of it is to survive. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

const SITES = `SELECT site_id AS site, sum(events)::float8 AS events, sum(pageviews)::float8 AS pageviews,
    count(*)::int AS days, min(day)::text AS first, max(day)::text AS last
  FROM (${daysSql}) AS days GROUP BY 1 ORDER BY 1`;

/**
 * `place`: a directory that has room for the database. Throws MuntraError `file`, `data_dir` or `store_start`, or the reason
 * of `interrupt`.
 */
export async function verify(
  pieces: AsyncIterable<Uint8Array>,
  place: string,
  log: Logger,
  interrupt: AbortSignal,
): Promise<Verified> {
  await removeLeftovers(place, log);
  const backup = await Scanner.open(pieces);
  const scratch = openScratch(place);
  try {
    const postgres = await startEmbedded({ dataDir: scratch.dataDir, log, settings: SETTINGS });
    const store = openStore({ ...postgres.connection, application_name: 'muntra verify' }, { log });
    // Whatever statement is under way ends with it.
    const stop = (): void => void postgres.stop();
    interrupt.addEventListener('abort', stop);
    try {
      interrupt.throwIfAborted();
      await migrate(store);
      return { header: backup.header, ...(await compare(store, await restore(store, backup, false))) };
    } catch (error) {
      interrupt.throwIfAborted();
      throw error;
    } finally {
      interrupt.removeEventListener('abort', stop);
      await store.close();
      await postgres.stop();
    }
  } finally {
    scratch.remove();
  }
}

function compare(store: Store, blocks: Loaded[]): Promise<Omit<Verified, 'header'>> {
  return store.transaction(async client => {
    await prepare(client);
    const tables = new Map<string, number>();
    for (const { head, sum } of blocks) {
      const found = await copyRows(client, head, { take: () => {}, cancel: async () => {} });
      if (found.rows !== sum.rows || found.sha256 !== sum.sha256) {
        throw damaged(`restored, ${head.table} is not what was written`);
      }
      tables.set(head.table, (tables.get(head.table) ?? 0) + sum.rows);
    }
    const { rows: sites } = await client.query<Verified['sites'][number]>(SITES);
    return { sites, tables: [...tables].map(([table, rows]) => ({ table, rows })) };
  });
}
