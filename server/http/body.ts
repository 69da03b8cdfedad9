/** Request bodies within a limit. The server's own timeouts cut off senders that are too slow. */
import type { IncomingMessage } from 'node:http';
import { MuntraError } from '../errors.ts';

/**
 * Calls `done` once, with the text or with MuntraError `too_large`; not at all when the client goes away. What comes
 * after the limit is read and forgotten, so that the client lives to see its 413.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  done: (error: MuntraError | undefined, text: string) => void,
): void {
  /** One buffer at any time: a list of what came byte by byte would take a hundred times as much. */
  let whole: Buffer | undefined;
  const take = (chunk: Buffer): void => {
    whole = whole ? Buffer.concat([whole, chunk]) : chunk;
    if (whole.length > limit) done(refuse(request, limit), '');
  };
  const finish = (): void => done(undefined, whole?.toString('utf8') ?? '');
  if (Number(request.headers['content-length']) > limit) done(refuse(request, limit), '');
  else request.on('data', take).on('end', finish);
}

function refuse(request: IncomingMessage, limit: number): MuntraError {
  request.removeAllListeners('data').removeAllListeners('end').resume();
  return new MuntraError('too_large', 'the body is too large', `send at most ${limit} bytes`);
}

/** The body as text. Throws MuntraError `too_large`. */
export function readText(request: IncomingMessage, limit: number): Promise<string> {
  return new Promise((resolve, reject) => {
    readBody(request, limit, (error, body) => (error ? reject(error) : resolve(body)));
  });
}

/** Larger than any list of origins that a site may have. */
const JSON_LIMIT = 64 * 1024;

/** The body as a JSON object. Throws MuntraError `too_large` or `bad_json`. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const value = parse(await readText(request, JSON_LIMIT));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new MuntraError('bad_json', 'the body is not a JSON object', 'send an object such as {"id":"mysite"}');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
