/**
 * Requests to the API and their answers. An error of the server keeps its message and hint; a server that does not answer
 * becomes `server_unreachable` with what to do about it.
 */
import { Pool } from 'undici';
import { ERRORS, type ErrorAnswer, type ErrorCode, MuntraError, systemCode } from '../server/errors.ts';
import type { Connection } from './connection.ts';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
/** What is undefined is left out. */
export type Query = Record<string, string | number | string[] | undefined>;

type Call = <Answer>(method: Method, path: string, query?: Query, body?: object | string) => Promise<Answer>;

/** Paths are those below `/api/`. All throw MuntraError, or the signal's reason once it is aborted. */
export interface Transport {
  /** A JSON answer; of a body, a text is sent as it is. */
  call: Call;
  /** The same of what may take the server as long as its data is large: Ctrl-C ends it. */
  work: Call;
  /** An answer of any length, piece by piece; throws when it breaks off before its end. */
  download(method: 'GET' | 'POST', path: string, query?: Query): AsyncGenerator<Uint8Array>;
}

interface Request {
  method: Method;
  path: string;
  query?: Query | undefined;
  body?: object | string | undefined;
}

/** Answers larger than this are not Muntra's: its longest list has 2 MB of values. */
const MAX_ANSWER_BYTES = 16 * 2 ** 20;

/** Milliseconds without a byte of an answer. */
export const PATIENCE = 300_000;
const FOR_EVER = 0;
/** A host that is away is noticed all the same: in the beginning here, later by the keep-alive of TCP, as undici sets it. */
const CONNECT = { timeout: 5000 };

/** Connects at the first call. */
export function openTransport(connection: Connection, signal: AbortSignal, patience: number): Transport {
  const { origin, pathname } = new URL(connection.url);
  // The server's pool of PostgreSQL connections has this size: more at once would only wait there.
  const pool = new Pool(origin, { connections: 4, connect: CONNECT, maxResponseSize: MAX_ANSWER_BYTES });
  const downloads = new Pool(origin, { connections: 1, connect: CONNECT });

  function send(through: Pool, limit: number, { method, path, query = {}, body }: Request) {
    return through.request({
      method,
      headersTimeout: limit,
      bodyTimeout: limit,
      path: `${pathname.replace(/\/$/, '')}/api/${path}${queryString(query)}`,
      headers: {
        ...(connection.token && { authorization: `Bearer ${connection.token}` }),
        ...(body && { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }),
      },
      body: typeof body === 'object' ? JSON.stringify(body) : (body ?? null),
      signal,
    });
  }

  const failed = (error: unknown): unknown => (signal.aborted ? signal.reason : unreachable(connection, error));

  async function ask<T>(limit: number, request: Request): Promise<T> {
    const answer = await send(pool, limit, request)
      .then(async ({ statusCode, body: stream }) => ({ status: statusCode, text: await stream.text() }))
      .catch(error => {
        throw failed(error);
      });
    return readAnswer<T>(connection, answer);
  }

  async function* download(method: 'GET' | 'POST', path: string, query?: Query): AsyncGenerator<Uint8Array> {
    try {
      const { statusCode, body } = await send(downloads, FOR_EVER, { method, path, query });
      if (statusCode !== 200) readAnswer(connection, { status: statusCode, text: await body.text() });
      yield* body;
    } catch (error) {
      throw error instanceof MuntraError ? error : failed(error);
    }
  }

  return {
    call: (method, path, query, body) => ask(patience, { method, path, query, body }),
    work: (method, path, query, body) => ask(FOR_EVER, { method, path, query, body }),
    download,
  };
}

/** `{a: 1, filter: ['x', 'y']}` -> `?a=1&filter=x&filter=y`; what is undefined is left out. */
function queryString(query: Query): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [key, String(one)]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function readAnswer<T>(connection: Connection, { status, text }: { status: number; text: string }): T {
  const value = parseJson(text);
  if (status >= 200 && status < 300 && value !== undefined) return value as T;
  if (!isErrorAnswer(value)) {
    const message = `${connection.url} answered ${status}, but not as Muntra does`;
    throw new MuntraError('server_unreachable', message, 'check the address and the proxy in front of the server');
  }
  const { code, message, hint } = value.error;
  const known: ErrorCode = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'internal';
  throw new MuntraError(known, asFlags(message), known === 'unauthorized' ? tokenHint(connection) : asFlags(hint));
}

/** Parameters of a question as they are typed here: `parameter filter "x" ...`, `from=1&to=2` -> `--filter "x" ...`, `--from 1 --to 2`. */
const asFlags = (text: string): string =>
  text
    .replace(/^parameter (?=(?:filter|from|to|limit|period) )/, '--')
    .replace(/(^|&)(filter|from|to|limit|period)=/g, (_, before, name) => `${before && ' '}--${name} `);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isErrorAnswer(value: unknown): value is ErrorAnswer {
  const error = isObject(value) ? value.error : undefined;
  return isObject(error) && [error.code, error.message, error.hint].every(part => typeof part === 'string');
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function tokenHint({ token, tokenPlace, local }: Connection): string {
  if (token === '' && !local)
    return `set MUNTRA_DASHBOARD_TOKEN, or use --token-stdin (that of ${tokenPlace} is for its own server)`;
  if (token === '')
    return `set MUNTRA_DASHBOARD_TOKEN, or --data-dir to the server's directory (looked in ${tokenPlace})`;
  return `the token came from ${tokenPlace}; the server's own is MUNTRA_DASHBOARD_TOKEN in its muntra.env`;
}

const NO_ANSWER: Record<string, string> = {
  ECONNREFUSED: 'Nothing listens at',
  ENOTFOUND: 'There is no host for',
  EAI_AGAIN: 'There is no host for',
  UND_ERR_CONNECT_TIMEOUT: 'No connection within 5 seconds to',
  UND_ERR_HEADERS_TIMEOUT: 'No answer in time from',
};

function unreachable({ url, local }: Connection, cause: unknown): MuntraError {
  const code = systemCode(cause);
  const message = NO_ANSWER[code] ? `${NO_ANSWER[code]} ${url}` : `No answer from ${url} (${code || 'broken off'})`;
  const hint =
    local && code === 'ECONNREFUSED' ? 'muntra start' : 'check the address (--server) and that the server runs';
  return new MuntraError('server_unreachable', message, hint, { cause });
}
