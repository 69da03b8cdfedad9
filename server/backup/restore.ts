/**
 * Puts a backup in the place of all that a database holds, in one transaction: whatever goes wrong, it stays as it was.
 *
 * Positions of buffers come back with the events, from the same snapshot: the events up to the position are here, those
 * after it are not, whatever was stored since in the database that is replaced. What the buffer still has after that
 * position is then stored, once. Of a buffer that the backup does not know, such as the spool of another machine, the
 * target's position stays: what was stored up to there has been replaced, as was asked for, and does not come back in part.
 * Of imports only the backup's count: a file whose lines were replaced may be imported again.
 */
import type { PoolClient } from 'pg';
import { MuntraError } from '../errors.ts';
import { claimEvents } from '../pipeline/event-writer.ts';
import { lockSchema } from '../store/migrations.ts';
import type { Store } from '../store/postgres.ts';
import { prepare, TABLES } from './block.ts';
import { type Loaded, load } from './load.ts';
import type { Scanner } from './scan.ts';

const OTHERS = `SELECT count(*)::int AS servers FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'muntra' AND pid <> pg_backend_pid()`;
const KEEP_POSITIONS = `CREATE TEMPORARY TABLE kept_positions ON COMMIT DROP AS
  SELECT * FROM buffer_positions WHERE buffer NOT LIKE 'import:%'`;
const PUT_BACK = 'INSERT INTO buffer_positions SELECT * FROM kept_positions ON CONFLICT (buffer) DO NOTHING';
const MONTHS = `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'raw_events'::regclass`;

/**
 * `store` must not be called `muntra` in the database, as servers are. `force`: also when there is something to replace.
 * Throws MuntraError `not_empty`, `already_running`, `file` or `store_unavailable`.
 */
export function restore(store: Store, backup: Scanner, force: boolean): Promise<Loaded[]> {
  return store.transaction(async client => {
    await lockSchema(client);
    await prepare(client);
    await refuseServers(client);
    if (!force) await refuseRows(client);
    await claimEvents(client);
    await client.query(KEEP_POSITIONS);
    await clear(client);
    const loaded = await load(client, backup);
    await client.query(PUT_BACK);
    await client.query(`ANALYZE ${TABLES.join(', ')}`);
    return loaded;
  });
}

async function refuseServers(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ servers: number }>(OTHERS);
  if (rows[0]?.servers === 0) return;
  throw new MuntraError(
    'already_running',
    'A muntra server uses this database',
    'stop it (all of them), then try again',
  );
}

async function refuseRows(client: PoolClient): Promise<void> {
  for (const table of TABLES) {
    const { rowCount } = await client.query(`SELECT FROM ${table} LIMIT 1`);
    if (rowCount === 0) continue;
    const hint = 'restore into a fresh data directory (--data-dir), or add --force to replace all that is there';
    throw new MuntraError('not_empty', `There is data already, in ${table}`, hint);
  }
}

async function clear(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ name: string }>(MONTHS);
  for (const { name } of rows) await client.query(`DROP TABLE ${name}`);
  await client.query(`TRUNCATE ${TABLES.join(', ')}`);
}
