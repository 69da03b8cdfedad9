/** A web site of its own with the real tracker beside its pages, which keeps what the tracker sends. */

import script from 'muntra:tracker';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Hit {
  /** Path that it was sent to. */
  to: string;
  contentType: string;
  /** `Sec-Purpose` of a prerendered page. */
  purpose: string;
  fields: Record<string, unknown>;
}

export interface Origin {
  url: string;
  /** In the order of their coming; entries of `/mark/<name>` among them have no fields but `mark`. */
  hits: Hit[];
  /** Waits until `count` hits are there, and then long enough for one too many to come. */
  settled(count: number): Promise<Hit[]>;
  close(): Promise<void>;
}

export const TAG = '<script defer src="/script.js" data-site-id="site"></script>';

/** Milliseconds in which one beacon too many would come, and until those that are awaited must have come. */
const TOO_MANY = 250;
const PATIENCE = 15_000;

/** `pages`: the head of each page by its path; others carry `TAG` alone. `csp`: its Content-Security-Policy. */
export async function openOrigin(pages: Record<string, string> = {}, csp = ''): Promise<Origin> {
  const hits: Hit[] = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://origin').pathname;
    if (path.endsWith('/script.js')) {
      response.setHeader('Content-Type', 'text/javascript').end(script);
    } else if (request.method === 'POST') {
      // What a closed page was still sending when the test ended breaks off.
      const hit = await readHit(path, request).catch(() => undefined);
      if (hit) hits.push(hit);
      response.writeHead(204).end();
    } else {
      if (csp !== '') response.setHeader('Content-Security-Policy', csp);
      const head = pages[path] ?? TAG;
      response
        .setHeader('Content-Type', 'text/html; charset=utf-8')
        .end(`<!doctype html><html lang="en"><title>Title of ${path}</title>${head}<body><p>${path}</p></body></html>`);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    hits,
    async settled(count) {
      for (const deadline = Date.now() + PATIENCE; hits.length < count && Date.now() < deadline; ) await sleep(10);
      await sleep(TOO_MANY);
      return hits;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readHit(to: string, request: IncomingMessage): Promise<Hit> {
  const fields: Record<string, unknown> = to.startsWith('/mark/')
    ? { mark: to.slice(6) }
    : JSON.parse(await text(request));
  const header = (name: string): string => String(request.headers[name] ?? '');
  return { to, contentType: header('content-type'), purpose: header('sec-purpose'), fields };
}
