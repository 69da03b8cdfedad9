/** What visitors may ask the operator for. Their addresses come in bodies only: a URL would be in the log of some proxy. */
import type { ForgetRequest } from '../contract/privacy.ts';
import { sitesNotReady } from '../sites/site.ts';
import type { ApiRequest, ApiRoute } from './api.ts';
import { readJson } from './body.ts';
import { textField } from './fields.ts';
import type { HttpServices } from './services.ts';

export function privacyRoutes({ forget, privacy, sites }: HttpServices): ApiRoute[] {
  function all(): string[] {
    if (!sites.ready) throw sitesNotReady();
    return sites.list().map(({ id }) => id);
  }

  return [
    { path: /\/api\/privacy$/, methods: { GET: () => privacy() } },
    {
      path: /\/api\/sites\/([\w.-]+)\/forget$/,
      about: 'id',
      methods: { POST: async ({ id, message }) => forget(await readVisitor(message), [sites.get(id).id]) },
    },
    { path: /\/api\/forget$/, methods: { POST: async ({ message }) => forget(await readVisitor(message), all()) } },
  ];
}

async function readVisitor(message: ApiRequest['message']): Promise<ForgetRequest> {
  const fields = await readJson(message);
  return { ip: textField(fields, 'ip') ?? '', userAgent: textField(fields, 'userAgent') ?? '' };
}
