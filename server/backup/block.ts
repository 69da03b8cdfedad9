/**
 * A backup is text, compressed: a header, blocks, and an end. A block is a line of JSON that says what it is, rows as
 * PostgreSQL's COPY writes them, `\.`, and a line with their number and SHA-256. So it can be looked into with `zstd -dc`,
 * and loaded by hand if need be. Which blocks there are is fixed here, and how each is read from a database.
 */
import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import columnsSql from '../../schema/queries/backup.columns.sql';
import daysSql from '../../schema/queries/backup.days.sql';
import { TABLE_NAMES } from '../store/migrations.ts';
import { liftLimit } from '../store/silence.ts';

export const FORMAT = 1;

export interface Header {
  backup: 'muntra';
  format: number;
  /** Of the muntra that made it. */
  version: string;
  /** Unix milliseconds. */
  made: number;
}

/**
 * Rows of a table, of a part of one, or of `raw_events` of one month. `DAYS` is no table: it is computed, to be compared.
 * A part is a block of its own because PostgreSQL then puts its rows in the order in which they come, so that a restored
 * one gives the same text; into a partitioned table it does not.
 */
export interface Head {
  table: string;
  columns: string[];
  /** `2025_11` */
  month?: string;
}

export interface Sum {
  rows: number;
  sha256: string;
}

/** Serial columns go on behind these, by `table.column`. */
export interface End {
  sequences: Record<string, number>;
}

export const DAYS = 'days';
export const END_OF_ROWS = '\\.\n';

/** What is of a database and not of its history: who stores events, the schema, when there was a backup. */
export const LEFT_OUT = ['event_writer', 'last_backup', 'schema_version'];

/** In an order in which they can be filled. */
export const TABLES = TABLE_NAMES.filter(name => !LEFT_OUT.includes(name));

/** So that the same rows are the same text, whatever the database is set to, and come in the order they lie in. */
const SETTINGS = `SET LOCAL idle_in_transaction_session_timeout = 0;
  SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL bytea_output = 'hex';
  SET LOCAL extra_float_digits = 1; SET LOCAL synchronize_seqscans = off`;

/** For a transaction that reads or loads a backup. */
export async function prepare(client: PoolClient): Promise<void> {
  await liftLimit(client);
  await client.query(SETTINGS);
}

/** Columns of tables, parts and `raw_events`, in the order of `TABLES`. */
export async function tableColumns(client: PoolClient): Promise<Map<string, string[]>> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(columnsSql, [TABLES]);
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

export interface Reader {
  take(piece: Buffer): Promise<void> | void;
  /** Ends the client's statement; called when `take` has thrown. */
  cancel(): Promise<void>;
}

/** Hands the rows of a block to the reader. Throws what `take` throws. */
export async function copyRows(
  client: PoolClient,
  { table, columns, month }: Head,
  { take, cancel }: Reader,
): Promise<Sum> {
  const place = month === undefined ? table : `${table}_${month}`;
  const select = table === DAYS ? daysSql : `SELECT ${names(client, columns)} FROM ${place}`;
  const hash = createHash('sha256');
  const copy = client.query(copyTo(`COPY (${select}) TO STDOUT`));
  try {
    for await (const piece of copy.iterator({ destroyOnReturn: false })) {
      hash.update(piece);
      await take(piece);
    }
  } catch (error) {
    // The connection is of use again when the statement is over, and what it had sent is read.
    copy.on('error', () => {});
    await cancel().catch(() => {});
    copy.resume();
    throw error;
  }
  // The rows may end before PostgreSQL has told how many there were.
  await client.query('');
  return { rows: copy.rowCount, sha256: hash.digest('hex') };
}

export const names = (client: PoolClient, columns: string[]): string =>
  columns.map(column => client.escapeIdentifier(column)).join(', ');
