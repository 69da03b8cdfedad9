/** `/collect` is called from the pages of other origins; whether one may count is decided by site, not by CORS. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Credentials are allowed because `sendBeacon` with a JSON type asks for them; no cookie is ever set or read.
 * As a flat list, which `writeHead` writes fastest.
 */
export function corsHeaders(request: IncomingMessage): string[] {
  const { origin } = request.headers;
  if (origin === undefined) return ['Vary', 'Origin'];
  return ['Access-Control-Allow-Origin', origin, 'Access-Control-Allow-Credentials', 'true', 'Vary', 'Origin'];
}

const PREFLIGHT = [
  ...['Access-Control-Allow-Methods', 'POST, OPTIONS'],
  ...['Access-Control-Allow-Headers', 'Content-Type'],
  ...['Access-Control-Max-Age', '86400'],
];

/** `OPTIONS /collect` */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, [...corsHeaders(request), ...PREFLIGHT]).end();
}
