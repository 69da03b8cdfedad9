/** The sites and their origins. Changes are made by the registry, which also says what is wrong with them. */
import type { OriginsAnswer, Site, SiteDetail } from '../contract.ts';
import { MuntraError } from '../errors.ts';
import { sitesNotReady } from '../sites/site.ts';
import type { ApiRequest, ApiRoute } from './api.ts';
import { readJson } from './body.ts';
import type { HttpServices } from './services.ts';

type Fields = Record<string, unknown>;

export function siteRoutes({ dropHistory, flusher, sites }: HttpServices): ApiRoute[] {
  async function detail({ id }: ApiRequest): Promise<SiteDetail> {
    const site = sites.get(id);
    await flusher.freshen();
    return { ...site, drops: await dropHistory.ofSite(id) };
  }

  return [
    {
      path: /\/api\/sites$/,
      methods: {
        GET: async () => {
          if (!sites.ready) throw sitesNotReady();
          return sites.list();
        },
        POST: async ({ message }) => {
          const fields = await readJson(message);
          return sites.add({ id: text(fields, 'id') ?? '', ...settings(fields) });
        },
      },
    },
    {
      path: /\/api\/sites\/([\w.-]+)$/,
      methods: {
        GET: detail,
        PATCH: async ({ id, message }) => sites.change(id, settings(await readJson(message))),
        DELETE: async ({ id }) => {
          sites.get(id);
          // Events that still wait would come after the deletion.
          await flusher.flush();
          return sites.remove(id);
        },
      },
    },
    {
      path: /\/api\/sites\/([\w.-]+)\/origins$/,
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
  text(await readJson(message), 'origin') ?? '';

function settings(fields: Fields): { origins?: string[]; timezone?: string } {
  const origins = texts(fields, 'origins');
  const timezone = text(fields, 'timezone');
  return { ...(origins && { origins }), ...(timezone !== undefined && { timezone }) };
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new MuntraError('bad_request', `${name} is not a text`, `{"${name}": "..."}`);
}

function texts(fields: Fields, name: string): string[] | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value;
  throw new MuntraError('bad_request', `${name} is not a list of texts`, `{"${name}": ["..."]}`);
}
