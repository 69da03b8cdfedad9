/**
 * Tells an outage of PostgreSQL (wait and try again) from an error in a statement (a fault of ours), and words it for
 * people. No text of the driver or the server is passed on: it may name hosts and users.
 */
import { DatabaseError } from 'pg';
import { MuntraError, systemCode } from '../errors.ts';

/** pg gives these no code. */
const READ_TIMEOUT = 'Query read timeout';
const POOL_TIMEOUT = 'timeout exceeded when trying to connect';

/** SQLSTATE classes: connection, resources, shutdown and its kin, system; and a primary that became a standby. */
const SERVER_FAILURE = /^(08|53|57P|58|25006)/;

/** The statement failed because of the server's state, not because of the statement. */
export function isOutage(error: unknown): boolean {
  if (error instanceof DatabaseError) return SERVER_FAILURE.test(error.code ?? '');
  return error instanceof Error && error.message === READ_TIMEOUT;
}

/** No connection became free in time: PostgreSQL is there, but slower than its callers. */
export function isCrowded(error: unknown): boolean {
  return error instanceof Error && error.message === POOL_TIMEOUT;
}

/** PostgreSQL ended the statement: it took too long, or somebody wished so. */
export function isEnded(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '57014';
}

const DSN = 'MUNTRA_POSTGRES_DSN';
const WAIT = `it is tried again; if it stays away look at PostgreSQL's log, and at ${DSN} if you set it`;

/** By the start of the error's code; the first that fits. */
const REASONS: readonly (readonly [code: RegExp, reason: string, hint: string])[] = [
  [/^ECONNREFUSED|^ENOENT/, 'nothing listens there', WAIT],
  [/^ENOTFOUND|^EAI_AGAIN/, 'its host name is not known', `check the host in ${DSN}`],
  [/^ETIMEDOUT/, 'it does not answer', WAIT],
  [/^28/, 'it does not accept our user and password', `check user, password and TLS in ${DSN}, and pg_hba.conf`],
  [/^3D000/, 'the database does not exist', `create it (CREATE DATABASE) or check the name in ${DSN}`],
  [/^53100/, 'its disk is full', "free space on PostgreSQL's disk"],
  [/^53300/, 'it has no connection left', 'raise its max_connections or close other clients'],
  [/^57P03/, 'it is starting or stopping', WAIT],
  [/^25006/, 'it is read-only, as a standby is', `point ${DSN} to the primary`],
];

export function outage(cause: unknown): MuntraError {
  const code = cause instanceof DatabaseError ? (cause.code ?? '') : systemCode(cause);
  const [, reason, hint] = REASONS.find(([pattern]) => pattern.test(code)) ?? [
    code,
    code || 'the connection broke',
    WAIT,
  ];
  return new MuntraError('store_unavailable', `PostgreSQL is not available: ${reason}`, hint, { cause });
}

/** A question that was `isEnded`. */
export function ended(cause: unknown): MuntraError {
  const hint = 'a smaller time range, or one filter less, is answered sooner';
  return new MuntraError('store_unavailable', 'The question took longer than a minute', hint, { cause });
}

export function crowded(): MuntraError {
  const hint = 'try again in a moment; a smaller time range is answered sooner';
  return new MuntraError('store_unavailable', 'PostgreSQL is busy: too many questions are waiting', hint);
}
