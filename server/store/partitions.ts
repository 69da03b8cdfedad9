/**
 * Months of `raw_events` in UTC, made when an event first needs one, whatever its date. What exists is asked for each
 * time, not remembered: another instance may have dropped a month since (retention), and the transaction that made one
 * may have been rolled back. The question takes a quarter of a millisecond a batch.
 */
import type { PoolClient } from 'pg';
import type { Store } from './postgres.ts';

/** Any number, so long as all instances use the same and no other lock has it. */
const LOCK = 0x6d6f6e74;

interface Month {
  /** `raw_events_2026_01` */
  table: string;
  /** First instants of this month and of the next. */
  from: Date;
  to: Date;
}

/**
 * Makes the partitions that events of these times (unix milliseconds) need, in the client's transaction. To be called
 * before that transaction locks rows: two that make the same month wait for each other.
 */
export async function ensurePartitions(client: PoolClient, times: Iterable<number>): Promise<void> {
  const months = monthsOf(times);
  if ((await missing(client, months)).length === 0) return;
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  for (const month of await missing(client, months)) {
    await create(client, month);
    await attach(client, month);
  }
}

/** The partition that holds the events of a time. */
export function partitionOf(time: number): string {
  return monthOf(time).table;
}

/** The months there are that begin before a time, oldest first, and when each is over. */
export async function monthsBefore(store: Store, time: number): Promise<{ table: string; to: Date }[]> {
  const rows = await store.query<{ name: string }>(
    `SELECT relname AS name FROM pg_inherits JOIN pg_class ON oid = inhrelid
     WHERE inhparent = 'raw_events'::regclass AND relname <= $1 ORDER BY 1`,
    [partitionOf(time - 1)],
  );
  return rows.map(({ name }) => monthOf(Date.parse(name.slice(-7).replace('_', '-'))));
}

/** Makes the month of a time, which must not exist, with the rows that `fill` puts into it before it gets its indexes. */
export async function loadPartition(
  client: PoolClient,
  time: number,
  fill: (table: string) => Promise<unknown>,
): Promise<void> {
  const month = monthOf(time);
  await create(client, month);
  await fill(month.table);
  await attach(client, month);
}

async function create(client: PoolClient, { table }: Month): Promise<void> {
  await client.query(
    `CREATE TABLE ${table} (LIKE raw_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)`,
  );
}

/** Takes a lock that lets others insert meanwhile; CREATE TABLE ... PARTITION OF would not. */
async function attach(client: PoolClient, { table, from, to }: Month): Promise<void> {
  const bounds = `FROM ('${from.toISOString()}') TO ('${to.toISOString()}')`;
  await client.query(`ALTER TABLE raw_events ATTACH PARTITION ${table} FOR VALUES ${bounds}`);
}

async function missing(client: PoolClient, months: Month[]): Promise<Month[]> {
  // Not to_regclass: it answers from a cache that may not know yet what another session has just committed.
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_inherits JOIN pg_class ON oid = inhrelid
     WHERE inhparent = 'raw_events'::regclass AND relname = ANY ($1)`,
    [months.map(({ table }) => table)],
  );
  return months.filter(({ table }) => !rows.some(({ name }) => name === table));
}

function monthsOf(times: Iterable<number>): Month[] {
  const months = new Map<string, Month>();
  let last: Month | undefined;
  for (const time of times) {
    // Most events of a batch are of one month.
    if (last && time >= last.from.getTime() && time < last.to.getTime()) continue;
    last = monthOf(time);
    months.set(last.table, last);
  }
  return [...months.values()];
}

function monthOf(time: number): Month {
  const from = new Date(time);
  from.setUTCDate(1);
  from.setUTCHours(0, 0, 0, 0);
  const to = new Date(from);
  to.setUTCMonth(from.getUTCMonth() + 1);
  return { table: `raw_events_${from.toISOString().slice(0, 7).replace('-', '_')}`, from, to };
}
