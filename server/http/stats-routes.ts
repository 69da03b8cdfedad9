/** Questions about one site. Each first has what waits stored, so that the answer is of the present. */
import type { Site } from '../contract/site.ts';
import type { ApiRequest, ApiRoute } from './api.ts';
import { readFilters, readGrouping, readLimit, readRange, readSite, readUnit } from './query.ts';
import type { HttpServices } from './services.ts';

export function statsRoutes({ flusher, now, sites, stats }: HttpServices): ApiRoute[] {
  /** The question is read before anything is done for it. */
  const question =
    <Question>(
      read: (query: URLSearchParams) => Question,
      answer: (site: Site, question: Question) => Promise<unknown>,
    ) =>
    async ({ query }: ApiRequest): Promise<unknown> => {
      const site = readSite(query, sites);
      const asked = read(query);
      await flusher.freshen();
      return answer(site, asked);
    };
  const readSpan = (query: URLSearchParams) => ({ range: readRange(query, now()), filters: readFilters(query) });

  return [
    {
      path: /\/api\/stats$/,
      about: 'query',
      question: 'stats',
      methods: { GET: question(readSpan, (site, { range, filters }) => stats.stats(site, range, filters)) },
    },
    {
      path: /\/api\/timeseries$/,
      about: 'query',
      question: 'timeseries',
      methods: {
        GET: question(
          query => {
            const span = readSpan(query);
            return { ...span, unit: readUnit(query, span.range) };
          },
          (site, { range, unit, filters }) => stats.timeseries(site, range, unit, filters),
        ),
      },
    },
    {
      path: /\/api\/breakdown$/,
      about: 'query',
      question: 'breakdown',
      methods: {
        GET: question(
          query => ({ ...readSpan(query), by: readGrouping(query), limit: readLimit(query) }),
          (site, { by, range, limit, filters }) => stats.breakdown(site, by, range, limit, filters),
        ),
      },
    },
    {
      path: /\/api\/live$/,
      about: 'query',
      question: 'live',
      methods: { GET: question(readFilters, (site, filters) => stats.live(site, now(), filters)) },
    },
  ];
}
