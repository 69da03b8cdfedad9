/** Events of the past, as lines: `text/plain`, one JSON object a line, in as many requests as it takes. */
import { IMPORT_LIMIT } from '../contract.ts';
import { MuntraError } from '../errors.ts';
import type { ApiRequest, ApiRoute } from './api.ts';
import { readText } from './body.ts';
import { readCount, readName, readSite } from './query.ts';
import type { HttpServices } from './services.ts';

export function importRoutes({ importer, sites }: HttpServices): ApiRoute[] {
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

  return [
    {
      path: /\/api\/import$/,
      methods: {
        GET: async ({ query }) => ({ line: await importer.position(readName(query, 'source')) }),
        POST: add,
      },
    },
  ];
}
