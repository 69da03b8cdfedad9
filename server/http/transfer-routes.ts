/** Events in bulk, as lines: one JSON object each (`ImportedEvent`). What one request cannot carry takes several. */
import { IMPORT_LIMIT } from '../contract/transfer.ts';
import { MuntraError } from '../errors.ts';
import type { ApiRequest, ApiRoute } from './api.ts';
import { readText } from './body.ts';
import { readCount, readHistory, readName, readSite } from './query.ts';
import type { HttpServices } from './services.ts';
import { Streamed } from './stream.ts';

export function transferRoutes({ backup, exporter, flusher, importer, sites }: HttpServices): ApiRoute[] {
  async function add({ query, message }: ApiRequest): Promise<unknown> {
    const source = readName(query, 'source');
    const line = readCount(query, 'line');
    const site = query.has('site') ? readSite(query, sites).id : undefined;
    const lines = (await readText(message, IMPORT_LIMIT.bytes)).replace(/\n$/, '').split('\n');
    if (lines.length > IMPORT_LIMIT.lines) {
      throw new MuntraError('too_large', 'too many lines', `send at most ${IMPORT_LIMIT.lines} at once`);
    }
    return importer.add({ source, line, lines, site });
  }

  async function read({ query }: ApiRequest): Promise<Streamed> {
    const site = readSite(query, sites);
    const range = readHistory(query);
    await flusher.freshen();
    return new Streamed('application/x-ndjson; charset=utf-8', exporter(site.id, range));
  }

  /** Not GET: it takes an admin's token, as it has everything in it. */
  async function makeBackup(): Promise<Streamed> {
    // What cannot be stored now waits in its buffer, which is no part of a backup; the flusher tells of it.
    await flusher.flush().catch(() => {});
    return new Streamed('application/zstd', backup.stream());
  }

  return [
    {
      path: /\/api\/import$/,
      methods: {
        GET: async ({ query }) => ({ line: await importer.position(readName(query, 'source')) }),
        POST: add,
      },
    },
    { path: /\/api\/export$/, about: 'query', methods: { GET: read } },
    { path: /\/api\/backup$/, methods: { POST: makeBackup } },
  ];
}
