/** What an operator asks of the whole server. */
import type { ApiRoute } from './api.ts';
import type { HttpServices } from './services.ts';

export const systemRoutes = ({ flusher, retention, rollup, system, usage }: HttpServices): ApiRoute[] => [
  { path: /\/api\/flush$/, methods: { POST: () => flusher.flush() } },
  {
    path: /\/api\/rollup$/,
    methods: { POST: ({ query }) => (query.get('rebuild') === 'true' ? rollup.rebuild() : rollup.refresh()) },
  },
  { path: /\/api\/prune$/, methods: { GET: () => retention.plan(), POST: () => retention.prune() } },
  { path: /\/api\/usage$/, methods: { GET: () => usage() } },
  { path: /\/api\/system$/, methods: { GET: () => system() } },
];
