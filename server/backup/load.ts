/** Reads a backup into the empty tables of a database, block by block, and believes nothing that its sums do not confirm. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DatabaseError, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { MuntraError } from '../errors.ts';
import { isEnded } from '../store/outage.ts';
import { loadPartition } from '../store/partitions.ts';
import { DAYS, type Head, type Header, names, type Sum, tableColumns } from './block.ts';
import { damaged, type Scanner } from './scan.ts';

/** What a backup says of one of its blocks. */
export interface Loaded {
  head: Head;
  sum: Sum;
}

/** In the client's transaction, after `prepare`. Throws MuntraError `file`, or what `Store.transaction` makes `store_unavailable`. */
export async function load(client: PoolClient, backup: Scanner): Promise<Loaded[]> {
  const known = await tableColumns(client);
  const blocks: Loaded[] = [];
  let next = await backup.next();
  for (; 'table' in next; next = await backup.next()) {
    const head = next;
    checkKnown(head, known, backup.header);
    const loaded = await loadRows(client, head, backup.rows());
    const sum = await backup.sum();
    const same = loaded.sha256 === sum.sha256 && (loaded.rows === sum.rows || head.table === DAYS);
    if (!same) throw damaged(`its rows of ${head.table} are not those that were written`);
    blocks.push({ head, sum });
  }
  for (const [column, value] of Object.entries(next.sequences)) {
    await client.query('SELECT setval(pg_get_serial_sequence($1, $2), $3)', [...column.split('.'), value]);
  }
  return blocks;
}

function checkKnown({ table, columns }: Head, known: Map<string, string[]>, { version }: Header): void {
  if (table === DAYS) return;
  const unknown = [table, ...columns].find((name, i) =>
    i === 0 ? !known.has(name) : !known.get(table)?.includes(name),
  );
  if (unknown === undefined) return;
  const problem = `The backup was made by muntra ${version} and holds ${unknown}, which this one does not know`;
  throw new MuntraError('file', problem, 'use that version or a newer one');
}

async function loadRows(
  client: PoolClient,
  { table, columns, month }: Head,
  rows: AsyncIterable<Buffer>,
): Promise<Sum> {
  const hash = createHash('sha256');
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const piece of rows) {
      hash.update(piece);
      yield piece;
    }
  }
  let loaded = 0;
  const into = async (place: string): Promise<void> => {
    const copy = client.query(copyFrom(`COPY ${place} (${names(client, columns)}) FROM STDIN`));
    await pipeline(Readable.from(hashed(), { objectMode: false }), copy);
    loaded = copy.rowCount;
  };
  try {
    if (table === DAYS) for await (const _ of hashed());
    else if (month === undefined) await into(table);
    else await loadPartition(client, Date.parse(month.replace('_', '-')), into);
  } catch (error) {
    throw refusal(table, error);
  }
  return { rows: loaded, sha256: hash.digest('hex') };
}

/** SQLSTATE classes: a value, a constraint, a limit of PostgreSQL. Any other error is not about the rows. */
const ABOUT_ROWS = /^(22|23|54)/;

function refusal(table: string, error: unknown): unknown {
  if (isEnded(error)) {
    const hint = 'all is as it was: run it again, and look who ended it in the log of PostgreSQL';
    return new MuntraError('store_unavailable', 'PostgreSQL was told to end the restore', hint, { cause: error });
  }
  if (!(error instanceof DatabaseError && ABOUT_ROWS.test(error.code ?? ''))) return error;
  return damaged(`PostgreSQL refuses its rows of ${table}: ${error.message}`);
}
