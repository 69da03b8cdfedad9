/** The HTTP server and its limits: who sends too slowly, too much or no HTTP at all is cut off. */
import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, MuntraError, systemCode } from '../errors.ts';
import { limitConnections } from './connections.ts';
import { errorAnswer } from './respond.ts';
import { createRouter } from './router.ts';
import type { HttpServices } from './services.ts';

const LIMITS = {
  /** Milliseconds for the headers, and for the whole request. */
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  /** Longer than the 60 s for which nginx keeps its idle connections, so that it is not we who close one in use. */
  keepAliveTimeout: 75_000,
  /** A page under the same host sends that site's cookies too. */
  maxHeaderSize: 16 * 1024,
};
const MAX_HEADERS = 100;

export function createHttpServer(services: HttpServices): Server {
  const server = createServer({ ...LIMITS, noDelay: true });
  server.maxHeadersCount = MAX_HEADERS;
  limitConnections(server, createRouter(services));
  server.on('clientError', refuse);
  return server;
}

/** By the code of Node's parser; anything else is a 400. */
const CLIENT_ERRORS: Record<string, { line: string; code: ErrorCode; message: string }> = {
  HPE_HEADER_OVERFLOW: {
    line: '431 Request Header Fields Too Large',
    code: 'too_large',
    message: 'the headers are too large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { line: '408 Request Timeout', code: 'bad_request', message: 'the request took too long' },
};
const NOT_HTTP = { line: '400 Bad Request', code: 'bad_request', message: 'this is not HTTP' } as const;

/** There is no response object yet or any more: the answer is written by hand. */
function refuse(error: Error, socket: Duplex): void {
  if (!socket.writable || systemCode(error) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { line, code, message } = CLIENT_ERRORS[systemCode(error)] ?? NOT_HTTP;
  const body = JSON.stringify(errorAnswer(new MuntraError(code, message, 'send a complete HTTP/1.1 request')));
  const head = `HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
