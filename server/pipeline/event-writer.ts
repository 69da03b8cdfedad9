/**
 * The right to store events and to drop them, which one transaction at a time has, of all instances: two that store events
 * of one visitor side by side would not see each other's, and begin a visit each. It is the lock of the one row of
 * `event_writer`, which also tells by a token who had it last; a transaction that was rolled back has left none.
 */
import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';

export interface Claim {
  token: string;
  /** Of the last transaction before that came through. */
  before: string | null;
}

const CLAIM = 'UPDATE event_writer SET token = $1, before = token RETURNING before';

/** Waits for whoever has it; it ends with the client's transaction. */
export async function claimEvents(client: PoolClient): Promise<Claim> {
  const token = randomUUID();
  const { rows } = await client.query<{ before: string | null }>(CLAIM, [token]);
  return { token, before: rows[0]?.before ?? null };
}
