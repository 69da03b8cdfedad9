/** What was turned away, by day and by robot; stored by the flush, which a question has done first. */
import type { ApiRequest, ApiRoute } from './api.ts';
import { readLimit, readRange } from './query.ts';
import type { HttpServices } from './services.ts';

export function dropRoutes({ dropHistory, flusher, now, sites }: HttpServices): ApiRoute[] {
  async function answer({ query }: ApiRequest, site?: string): Promise<unknown> {
    const [range, limit] = [readRange(query, now()), readLimit(query)];
    await flusher.freshen();
    return dropHistory.within(range, limit, site);
  }

  return [
    { path: /\/api\/drops$/, methods: { GET: request => answer(request) } },
    {
      path: /\/api\/sites\/([\w.-]+)\/drops$/,
      about: 'id',
      methods: { GET: request => answer(request, sites.get(request.id).id) },
    },
  ];
}
