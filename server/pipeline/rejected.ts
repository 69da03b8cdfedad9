/**
 * Events that PostgreSQL refuses for what is in them (a NUL character, bad JSON of an older version) are set aside with
 * the reason, and the rest of their batch is stored.
 */
import { DatabaseError, type PoolClient } from 'pg';
import type { Entry, Position } from '../buffer/buffer.ts';
import type { Row } from '../ingest/event.ts';
import { storeRows } from './batch.ts';

export interface DecodedEntry {
  position: Position;
  row: Row;
}

export interface RejectedEntry extends Entry {
  reason: string;
}

/**
 * Stores what can be stored and answers the rest. Halves a refused batch until the refused events stand alone: 2 log2 n
 * attempts for one. Throws whatever is not the fault of an event.
 */
export async function storeOrReject(client: PoolClient, entries: DecodedEntry[]): Promise<RejectedEntry[]> {
  await client.query('SAVEPOINT part');
  try {
    await storeRows(
      client,
      entries.map(({ row }) => row),
    );
    await client.query('RELEASE part');
    return [];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('ROLLBACK TO part');
    const [only] = entries;
    if (only && entries.length === 1) return [refused(only, error.message)];
    const middle = entries.length >> 1;
    const before = await storeOrReject(client, entries.slice(0, middle));
    return [...before, ...(await storeOrReject(client, entries.slice(middle)))];
  }
}

const refused = ({ position, row }: DecodedEntry, reason: string): RejectedEntry => ({
  position,
  payload: row.text,
  reason,
});

/** SQLSTATE classes: data exception, integrity constraint, program limit (a value too long for an index). */
const REFUSAL = /^(22|23|54)/;

function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && REFUSAL.test(error.code ?? '');
}

export async function setAside(client: PoolClient, buffer: string, entries: RejectedEntry[]): Promise<void> {
  for (const { position, reason, payload } of entries) {
    await client.query('INSERT INTO rejected_events (buffer, position, reason, payload) VALUES ($1, $2, $3, $4)', [
      buffer,
      position,
      // The reason may quote the payload, and a NUL would be refused here too.
      reason.replaceAll('\0', ''),
      payload,
    ]);
  }
}
