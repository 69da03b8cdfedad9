/**
 * The seam to PostgreSQL, whichever it is: a small pool, every session in UTC, and one kind of error when the server is
 * away, so that callers wait for it instead of telling its errors apart. A connection string is never shown or logged.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ClientBase,
  DatabaseError,
  escapeLiteral,
  Pool,
  type PoolClient,
  type PoolConfig,
  type QueryResultRow,
} from 'pg';
import type { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { crowded, isCrowded, isOutage, outage } from './outage.ts';
import { endWhenSilent, SILENCE, STATEMENT_LIMIT } from './silence.ts';

export interface Store {
  /** Rows of one statement. Throws MuntraError `store_unavailable` when PostgreSQL is away, else pg's DatabaseError. */
  query<Row extends QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** BEGIN, the work, COMMIT; ROLLBACK and the work's error when it throws. Errors as of `query`. */
  transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** Last known state; false until PostgreSQL has answered once. */
  readonly up: boolean;
  /** Asks PostgreSQL, waits two seconds at most; never throws. */
  ping(): Promise<boolean>;
  /** Waits two seconds for statements under way, and leaves the rest to the end of the process. */
  close(): Promise<void>;
}

/** Callers that may wait for a connection; the next one is refused, so that a slow database cannot fill the memory. */
const MAX_WAITING = 256;
const CONNECT_TIMEOUT = 10_000;
const PING_TIMEOUT = 2_000;
const CLOSE_TIMEOUT = 2_000;

/** A host that is gone is found out 10 seconds later: by ten packets, one a second, as libuv sets them. */
const KEEPALIVE_DELAY = 10_000;

/**
 * No question takes longer than a minute (long work lifts the limit), and a session whose Muntra froze in a transaction
 * gives its locks back. The rest is how PostgreSQL comes, whatever the role or the database is set to: a commit that is not on
 * disk could be lost after its events have left the buffer; and `name`, by which a restore tells servers, whatever the
 * connection string says. Set by a statement because poolers refuse such settings at connection time.
 */
const session = (name: string) => ({
  text: `SET statement_timeout = ${STATEMENT_LIMIT}; SET idle_in_transaction_session_timeout = ${STATEMENT_LIMIT};
    SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET extra_float_digits = 1; SET standard_conforming_strings = on;
    SET synchronous_commit = on; SET default_transaction_isolation = 'read committed'; SET lock_timeout = 0;
    SET application_name = ${escapeLiteral(name)}`,
  query_timeout: CONNECT_TIMEOUT,
});

export interface StoreOptions {
  log: Logger;
  /** Connections. */
  max?: number;
  /** Milliseconds; see silence.ts. */
  silence?: number;
}

/** Connects when first used and never throws by itself. */
export function openStore(connection: PoolConfig, { log, max = 4, silence = SILENCE }: StoreOptions): Store {
  let state: 'unknown' | 'up' | 'down' = 'unknown';
  const pool = new Pool({
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_DELAY,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    idleTimeoutMillis: 60_000,
    ...connection,
    max,
    // The pool waits for the promise; its declared type does not say so.
    onConnect: (client: ClientBase) => client.query(session(connection.application_name ?? 'muntra')),
  });
  // A connection broke while idle: the pool drops it, and the next use tells whether PostgreSQL is away.
  pool.on('error', () => {});

  function sawUp(): void {
    if (state !== 'up') log.info('PostgreSQL is up');
    state = 'up';
  }

  function sawDown(cause: unknown): MuntraError {
    const error = outage(cause);
    if (state !== 'down') log.warn({ hint: error.hint }, error.message);
    state = 'down';
    return error;
  }

  async function connect(): Promise<PoolClient> {
    if (pool.waitingCount >= MAX_WAITING) throw crowded();
    try {
      return await pool.connect();
    } catch (error) {
      throw isCrowded(error) ? crowded() : sawDown(error);
    }
  }

  /** Lends a connection; from how it went, decides whether PostgreSQL is up and whether the connection is still good. */
  async function withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await connect();
    let broken: unknown;
    const onError = (error: Error): void => {
      broken ??= error;
    };
    client.on('error', onError);
    const stopWatching = endWhenSilent(client, silence);
    try {
      const result = await work(client);
      sawUp();
      return result;
    } catch (error) {
      if (isOutage(error)) broken ??= error;
      if (broken) throw sawDown(broken);
      if (error instanceof DatabaseError) sawUp();
      throw error;
    } finally {
      stopWatching();
      client.off('error', onError);
      client.release(broken !== undefined || client.getTransactionStatus() !== 'I');
    }
  }

  const ask = { text: 'SELECT 1', query_timeout: PING_TIMEOUT };
  const answers = (): Promise<boolean> => withClient(client => client.query(ask)).then(isTrue, isFalse);

  return {
    query: (sql, values) => withClient(async client => (await client.query(sql, values)).rows),
    transaction: work => withClient(client => inTransaction(client, work)),
    get up() {
      return state === 'up';
    },
    ping: () => Promise.race([answers(), sleep(PING_TIMEOUT, false, { ref: false })]),
    close: () => Promise.race([pool.end(), sleep(CLOSE_TIMEOUT, undefined, { ref: false })]),
  };
}

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;

async function inTransaction<T>(client: PoolClient, work: (client: PoolClient) => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // If the connection is what failed this fails too, and the first error is the one to tell.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
