/**
 * Takes over the history of a Go Muntra, whose `raw_events` is one plain table. Its rows are copied month by month into a
 * partitioned table that grows in a schema of its own, each month in one transaction; when nothing is missing, one last
 * transaction puts the new table in the place of the old one. Until then the old table is whole and untouched, for readers
 * and for a way back; a kill costs the month under way. It takes disk for both tables, for as long as it takes.
 */
import type { PoolClient } from 'pg';
import changedSql from '../../schema/queries/takeover.changed.sql';
import copySql from '../../schema/queries/takeover.copy.sql';
import countSql from '../../schema/queries/takeover.count.sql';
import prepareSql from '../../schema/queries/takeover.prepare.sql';
import type { Logger } from '../log.ts';
import { applyMigrations, lockSchema, refused } from './migrations.ts';
import { loadPartition, partitionOf } from './partitions.ts';
import type { Store } from './postgres.ts';

/** The old table. */
interface Old {
  schema: string;
  /** With its schema. */
  table: string;
}

const FIND = `SELECT relnamespace::regnamespace::text AS schema
  FROM pg_class WHERE oid = to_regclass('raw_events') AND relkind = 'r'`;

const NEXT = `SELECT date_trunc('month', day) AS month, sum(events)::float8 AS events, count(*) OVER ()::int AS left
  FROM muntra_takeover.days
  WHERE to_regclass('muntra_takeover.raw_events_' || to_char(day, 'YYYY_MM')) IS NULL
  GROUP BY 1 ORDER BY 1 LIMIT 1`;

const TABLES = `SELECT relname AS name FROM pg_class
  WHERE relnamespace = 'muntra_takeover'::regnamespace AND relkind IN ('r', 'p') AND relname ~ '^raw_events(_|$)'`;

/** Does nothing where there is no Go Muntra. Throws MuntraError `store_start` when PostgreSQL refuses a statement. */
export async function takeOver(store: Store, log?: Logger): Promise<void> {
  while (await store.transaction(client => step(client, log))) {
    // Each step is complete in itself, and tells whether there is another.
  }
}

async function step(client: PoolClient, log?: Logger): Promise<boolean> {
  await lockSchema(client);
  const { rows } = await client.query<{ schema: string }>(FIND);
  const schema = rows[0]?.schema;
  if (schema === undefined) return false;
  const old = { schema, table: `${schema}.raw_events` };
  try {
    if ((await prepare(client, old)) || (await copyNext(client, old, log))) return true;
    await replace(client, old);
  } catch (error) {
    throw refused(error, 'the history of the Go Muntra cannot be taken over');
  }
  log?.info('the history of the Go Muntra is taken over');
  return false;
}

/** True when that was to be done. */
async function prepare(client: PoolClient, old: Old): Promise<boolean> {
  const { rows } = await client.query("SELECT to_regnamespace('muntra_takeover') IS NOT NULL AS prepared");
  if (rows[0].prepared) return false;
  await client.query(prepareSql);
  await client.query(about(countSql, old));
  await client.query('SET LOCAL search_path = muntra_takeover');
  await applyMigrations(client);
  return true;
}

/** True when there was a month to copy. */
async function copyNext(client: PoolClient, old: Old, log?: Logger): Promise<boolean> {
  const { rows } = await client.query<{ month: Date; events: number; left: number }>(NEXT);
  const [next] = rows;
  if (!next) return false;
  const month = next.month.toISOString().slice(0, 7);
  log?.info({ month, events: next.events, monthsLeft: next.left }, 'taking over the history of the Go Muntra');
  await copyMonth(client, old, next.month);
  return true;
}

async function copyMonth(client: PoolClient, old: Old, month: Date): Promise<void> {
  const end = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1));
  await client.query('SET LOCAL search_path = muntra_takeover');
  await loadPartition(client, month.getTime(), async table => {
    await client.query(about(copySql, old).replaceAll('{new}', table), [month, end]);
    await client.query(`ANALYZE ${table}`);
  });
}

/** Puts the new table in the place of the old one, with what was written to the old one until now. */
async function replace(client: PoolClient, old: Old): Promise<void> {
  await client.query(`LOCK TABLE ${old.table}`);
  const { rows: changed } = await client.query<{ month: Date }>(about(changedSql, old));
  await client.query('TRUNCATE muntra_takeover.days');
  await client.query(about(countSql, old));
  for (const { month } of changed) {
    await client.query(`DROP TABLE IF EXISTS muntra_takeover.${partitionOf(month.getTime())}`);
    await copyMonth(client, old, month);
  }
  await client.query(`SELECT setval('muntra_takeover.raw_events_id_seq', max(id)) FROM ${old.table}`);
  await client.query(`DROP TABLE ${old.table}`);
  const { rows: tables } = await client.query<{ name: string }>(TABLES);
  for (const { name } of tables) await client.query(`ALTER TABLE muntra_takeover.${name} SET SCHEMA ${old.schema}`);
  await client.query('SET LOCAL search_path TO DEFAULT');
  await applyMigrations(client);
  // The rollups of the Go Muntra know nothing of visits, and missed late events.
  await client.query('INSERT INTO dirty_windows (site_id, day) SELECT site_id, day FROM muntra_takeover.days');
  await client.query('DROP SCHEMA muntra_takeover CASCADE');
}

const about = (sql: string, { table }: Old): string => sql.replaceAll('{old}', table);
