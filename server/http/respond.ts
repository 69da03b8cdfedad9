/** Answers as JSON, errors included. Nothing that is answered here may be kept by a cache. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ErrorAnswer, MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Answers one request; a promise that it gives back may be rejected with an error for the client. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

const JSON_HEADERS = [
  ...['Content-Type', 'application/json; charset=utf-8'],
  ...['Cache-Control', 'no-store'],
  ...['X-Content-Type-Options', 'nosniff'],
];

/** By status. */
const EXTRA_HEADERS: Record<number, string[]> = {
  401: ['WWW-Authenticate', 'Bearer'],
  // At MUNTRA_RATE_LIMIT's own pace the next one is due within a second.
  429: ['Retry-After', '1'],
  503: ['Retry-After', '5'],
};

/** There is a handler at this path, for other methods. */
export class MethodNotAllowed extends MuntraError {
  readonly allowed: string;

  constructor(methods: string[]) {
    const allowed = methods.join(', ');
    super('method_not_allowed', 'this path does not take that method', `use ${allowed}`);
    this.allowed = allowed;
  }
}

/** Milliseconds in which no byte of an answer moves, after which its client is cut off: what he does not read is kept here. */
const PATIENCE = 30_000;

/** `headers` as a flat list of names and values. */
export function send(response: ServerResponse, status: number, headers: string[], body: string | Buffer): void {
  response.setTimeout(PATIENCE);
  response.writeHead(status, [...headers, 'Content-Length', String(Buffer.byteLength(body))]);
  response.end(body);
}

/** `headers` as of `send`. */
export function sendJson(
  response: ServerResponse,
  status: number,
  answer: unknown,
  headers: readonly string[] = [],
): void {
  send(response, status, [...JSON_HEADERS, ...headers], JSON.stringify(answer));
}

/** What is no MuntraError is logged and answered as an internal error, without its text. */
export function sendError(
  response: ServerResponse,
  error: unknown,
  log: Logger,
  headers: readonly string[] = [],
): void {
  if (response.headersSent || response.destroyed) return;
  const shown = forClient(error, log);
  const more = shown instanceof MethodNotAllowed ? ['Allow', shown.allowed] : (EXTRA_HEADERS[shown.status] ?? []);
  sendJson(response, shown.status, errorAnswer(shown), [...more, ...headers]);
}

export const errorAnswer = ({ code, message, hint }: MuntraError): ErrorAnswer => ({ error: { code, message, hint } });

function forClient(error: unknown, log: Logger): MuntraError {
  if (error instanceof MuntraError) return error;
  log.error({ err: error }, 'a request failed');
  return new MuntraError('internal', 'internal error', 'the log of the server tells more');
}
