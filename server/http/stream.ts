/** Answers of any length, sent as fast as the client takes them. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Milliseconds in which no byte moves, after which the client is cut off. */
const PATIENCE = 5 * 60_000;

/** What a route answers in the place of a value. */
export class Streamed {
  readonly type: string;
  readonly chunks: AsyncIterable<string | Uint8Array>;

  constructor(type: string, chunks: AsyncIterable<string | Uint8Array>) {
    this.type = type;
    this.chunks = chunks;
  }
}

/**
 * What fails before the first chunk is thrown, as there is still an answer to give. Later the connection is broken off:
 * that tells the client that it has not got all.
 */
export async function sendStream(response: ServerResponse, { type, chunks }: Streamed, log: Logger): Promise<void> {
  const stream = Readable.from(chunks, { objectMode: false });
  await once(stream, 'readable');
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  response.setTimeout(PATIENCE, () => response.destroy());
  // The client may have left while the first chunk was made.
  if (response.req.method === 'HEAD' || response.destroyed) {
    stream.destroy();
    response.end();
    return;
  }
  await pipeline(stream, response).catch(error => {
    const clientLeft = systemCode(error) === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!clientLeft) log.error({ reason: String(error) }, 'an answer broke off');
  });
}
