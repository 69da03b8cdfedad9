/** Canaries, for `muntra proxy --check` and `muntra doctor`; see canary.ts. */
import type { ApiRoute } from './api.ts';
import type { HttpServices } from './services.ts';

export const canaryRoutes = ({ canaries }: HttpServices): ApiRoute[] => [
  { path: /\/api\/canary$/, methods: { POST: async () => canaries.open() } },
  { path: /\/api\/canary\/([\da-f]{32})$/, methods: { GET: ({ id }) => canaries.answer(id) } },
];
