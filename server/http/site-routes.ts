/** The sites and their origins. Changes are made by the registry, which also says what is wrong with them. */
import { sees } from '../access/access.ts';
import type { OriginsAnswer, Site, SiteChange, SiteDetail } from '../contract/site.ts';
import { sitesNotReady } from '../sites/site.ts';
import type { ApiRequest, ApiRoute } from './api.ts';
import { readJson } from './body.ts';
import { type Fields, numberField, textField, textsField } from './fields.ts';
import type { HttpServices } from './services.ts';

export function siteRoutes({ dropHistory, flusher, sites }: HttpServices): ApiRoute[] {
  async function detail({ id }: ApiRequest): Promise<SiteDetail> {
    const site = sites.get(id);
    await flusher.freshen();
    return { ...site, drops: await dropHistory.ofSite(id) };
  }

  return [
    {
      path: /\/api\/sites$/,
      about: 'sites',
      methods: {
        GET: async ({ access }) => {
          if (!sites.ready) throw sitesNotReady();
          return sites.list().filter(({ id }) => sees(access, id));
        },
        POST: async ({ message }) => {
          const fields = await readJson(message);
          return sites.add({ id: textField(fields, 'id') ?? '', ...settings(fields) });
        },
      },
    },
    {
      path: /\/api\/sites\/([\w.-]+)$/,
      about: 'id',
      methods: {
        GET: detail,
        PATCH: async ({ id, message }) => sites.change(id, settings(await readJson(message))),
        DELETE: ({ id }) => sites.remove(id, flusher.flush),
      },
    },
    {
      path: /\/api\/sites\/([\w.-]+)\/origins$/,
      about: 'id',
      methods: {
        GET: async ({ id }) => origins(sites.get(id)),
        POST: async ({ id, message }) => origins(await sites.addOrigin(id, await originOf(message))),
        DELETE: async ({ id, message }) => origins(await sites.removeOrigin(id, await originOf(message))),
      },
    },
  ];
}

const origins = ({ origins }: Site): OriginsAnswer => ({ origins });

const originOf = async (message: ApiRequest['message']): Promise<string> =>
  textField(await readJson(message), 'origin') ?? '';

function settings(fields: Fields): SiteChange {
  const origins = textsField(fields, 'origins');
  const timezone = textField(fields, 'timezone');
  const retention = numberField(fields, 'retention');
  return {
    ...(origins && { origins }),
    ...(timezone !== undefined && { timezone }),
    ...(retention !== undefined && { retention }),
  };
}
