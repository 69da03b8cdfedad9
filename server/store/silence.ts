/**
 * Ends a connection from which nothing comes any more. PostgreSQL ends each statement that takes too long, and each
 * transaction that stands idle; where it does not, it is frozen, or gone without a word, and nobody would ever hear of it.
 */
import { Socket } from 'node:net';
import type { PoolClient } from 'pg';

/** Milliseconds that a statement may take, and that a transaction may stand idle. Long work lifts it. */
export const STATEMENT_LIMIT = 60_000;
/** PostgreSQL has so much longer to tell that it has ended a statement. */
const GRACE = 5_000;
export const SILENCE = STATEMENT_LIMIT + GRACE;

/** Until the answered function is called, `silence` milliseconds without a byte from or to the server destroy the connection. */
export function endWhenSilent({ connection: { stream } }: PoolClient, silence: number): () => void {
  if (!(stream instanceof Socket)) return () => {};
  const end = (): void => void stream.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
  stream.setTimeout(silence, end);
  return () => {
    stream.off('timeout', end);
    stream.setTimeout(0);
  };
}

/** Lets the statements of the client's transaction take up to `limit` milliseconds each; 0: as long as they need. */
export async function liftLimit(client: PoolClient, limit = 0): Promise<void> {
  const { stream } = client.connection;
  if (stream instanceof Socket) stream.setTimeout(limit && limit + GRACE);
  await client.query(`SET LOCAL statement_timeout = ${limit}`);
}
