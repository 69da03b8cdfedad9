/** Tokens of the API; only who may do everything makes and revokes them. */
import type { ApiToken, NewToken } from '../contract/token.ts';
import { MuntraError } from '../errors.ts';
import type { ApiRoute } from './api.ts';
import { readJson } from './body.ts';
import { type Fields, textField, textsField } from './fields.ts';
import type { HttpServices } from './services.ts';

export function tokenRoutes({ sites, tokens }: HttpServices): ApiRoute[] {
  function readToken(fields: Fields): NewToken {
    const wanted = fields.sites === null ? undefined : textsField(fields, 'sites');
    for (const id of wanted ?? []) sites.get(id);
    if (wanted?.length === 0) throw new MuntraError('bad_request', 'sites is empty', 'leave it out for all sites');
    return { name: textField(fields, 'name') ?? '', access: readAccess(fields), sites: wanted ?? null };
  }

  return [
    {
      path: /\/api\/tokens$/,
      methods: {
        GET: () => tokens.list(),
        POST: async ({ message }) => tokens.create(readToken(await readJson(message))),
      },
    },
    {
      path: /\/api\/tokens\/([\w.-]+)$/,
      methods: {
        DELETE: async ({ id }) => {
          await tokens.revoke(id);
          return { revoked: id };
        },
      },
    },
  ];
}

function readAccess(fields: Fields): ApiToken['access'] {
  const access = textField(fields, 'access') ?? 'read';
  if (access === 'read' || access === 'admin') return access;
  throw new MuntraError('bad_request', 'access is not known', 'use read or admin');
}
