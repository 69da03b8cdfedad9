/** How far each buffer is stored: a row of `buffer_positions`, changed only in the transaction that stores its events. */
import type { PoolClient } from 'pg';
import type { Position } from '../buffer/buffer.ts';
import type { Store } from '../store/postgres.ts';

const READ = 'SELECT position FROM buffer_positions WHERE buffer = $1';

const MOVE = `INSERT INTO buffer_positions AS b (buffer, position)
  SELECT $1, $2 WHERE $3::text IS NULL OR EXISTS (SELECT FROM buffer_positions WHERE buffer = $1)
  ON CONFLICT (buffer) DO UPDATE SET position = excluded.position, updated_at = now()
  WHERE b.position IS NOT DISTINCT FROM $3`;

/** `null`: nothing of it was ever stored. */
export async function readPosition(store: Store, buffer: string): Promise<Position | null> {
  const [row] = await store.query<{ position: Position | null }>(READ, [buffer]);
  return row?.position ?? null;
}

/**
 * Claims what lies between two positions for the client's transaction; waits for another that is at it. False when the
 * buffer is no longer stored up to `from` exactly: someone else was first, nothing may be stored.
 */
export async function movePosition(
  client: PoolClient,
  buffer: string,
  { from, to }: { from: Position | null; to: Position },
): Promise<boolean> {
  const { rowCount } = await client.query(MOVE, [buffer, to, from]);
  return rowCount === 1;
}
