/**
 * Months of `raw_events` in UTC, made when an event first needs one, whatever its date. What exists is asked for each
 * time, not remembered: another instance may have dropped a month since (retention), and the transaction that made one
 * may have been rolled back. The question takes 0.1 ms, for a batch.
 */
import type { PoolClient } from 'pg';

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
  for (const month of await missing(client, months)) await create(client, month);
}

/** Attaching takes a lock that lets others insert meanwhile; CREATE TABLE ... PARTITION OF would not. */
async function create(client: PoolClient, { table, from, to }: Month): Promise<void> {
  const bounds = `FROM ('${from.toISOString()}') TO ('${to.toISOString()}')`;
  await client.query(
    `CREATE TABLE ${table} (LIKE raw_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE);
     ALTER TABLE raw_events ATTACH PARTITION ${table} FOR VALUES ${bounds}`,
  );
}

async function missing(client: PoolClient, months: Month[]): Promise<Month[]> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) name WHERE to_regclass(name) IS NULL',
    [months.map(({ table }) => table)],
  );
  return months.filter(({ table }) => rows.some(({ name }) => name === table));
}

function monthsOf(times: Iterable<number>): Month[] {
  const months = new Map<string, Month>();
  for (const time of times) {
    const date = new Date(time);
    const year = date.getUTCFullYear();
    const month = date.getUTCMonth();
    const table = `raw_events_${String(year).padStart(4, '0')}_${String(month + 1).padStart(2, '0')}`;
    if (!months.has(table)) {
      months.set(table, { table, from: new Date(Date.UTC(year, month)), to: new Date(Date.UTC(year, month + 1)) });
    }
  }
  return [...months.values()];
}
