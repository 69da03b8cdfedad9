/** Writes a backup: all tables in one snapshot, while others go on reading and storing. */
import type { PoolClient } from 'pg';
import {
  copyRows,
  DAYS,
  END_OF_ROWS,
  type End,
  FORMAT,
  type Head,
  type Header,
  prepare,
  type Reader,
  type Sum,
  TABLES,
  tableColumns,
} from './block.ts';

export interface DumpOptions {
  version: string;
  /** Unix milliseconds. */
  now: number;
  /** Takes the next piece; resolves when it wants more. What it throws ends the dump. */
  write(piece: string | Buffer): Promise<void>;
  /** Ends the statement under way of the session of this process id. */
  cancel(pid: number): Promise<void>;
}

const SEQUENCES = `SELECT name || '.' || attname AS column, pg_get_serial_sequence(name, attname) AS sequence
  FROM unnest($1::text[]) AS t (name) JOIN pg_attribute ON attrelid = to_regclass(name)
  WHERE attnum > 0 AND NOT attisdropped AND pg_get_serial_sequence(name, attname) IS NOT NULL`;

/** In the client's transaction, which must be a new one. Answers how many events it wrote. */
export async function dump(client: PoolClient, { version, now, write, cancel }: DumpOptions): Promise<number> {
  await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  await prepare(client);
  // Retention drops no month meanwhile.
  await client.query(`LOCK TABLE ${TABLES.join(', ')} IN ACCESS SHARE MODE`);
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const reader: Reader = { take: write, cancel: () => cancel(rows[0]?.pid ?? 0) };
  const line = (value: Header | Head | Sum | End): Promise<void> => write(`${JSON.stringify(value)}\n`);

  let events = 0;
  await line({ backup: 'muntra', format: FORMAT, version, made: now });
  for (const head of await heads(client)) {
    await line(head);
    const sum = await copyRows(client, head, reader);
    await write(END_OF_ROWS);
    await line(sum);
    if (head.month !== undefined) events += sum.rows;
  }
  await line({ sequences: await sequences(client) });
  return events;
}

async function heads(client: PoolClient): Promise<Head[]> {
  const { rows } = await client.query<{ month: string }>(
    `SELECT right(relname, 7) AS month FROM pg_inherits JOIN pg_class ON oid = inhrelid
     WHERE inhparent = 'raw_events'::regclass ORDER BY 1`,
  );
  const heads = [...(await tableColumns(client))].flatMap(([table, columns]): Head[] =>
    table === 'raw_events' ? rows.map(({ month }) => ({ table, month, columns })) : [{ table, columns }],
  );
  return [...heads, { table: DAYS, columns: [] }];
}

async function sequences(client: PoolClient): Promise<End['sequences']> {
  const { rows } = await client.query<{ column: string; sequence: string }>(SEQUENCES, [TABLES]);
  const values: End['sequences'] = {};
  for (const { column, sequence } of rows) {
    const { rows: found } = await client.query<{ value: string }>(`SELECT last_value AS value FROM ${sequence}`);
    values[column] = Number(found[0]?.value);
  }
  return values;
}
