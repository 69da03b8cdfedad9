/**
 * `Authorization: Bearer <token>`: the environment's token, which may do everything, or one of the store's. Hashes are
 * compared, so that neither time nor length tells anything of the token.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Access, OWNER } from '../access/access.ts';
import type { Tokens } from '../access/tokens.ts';
import { MuntraError } from '../errors.ts';

/** What the one who asks may do. Throws MuntraError `unauthorized`. */
export type AccessOf = (request: IncomingMessage) => Promise<Access>;

/** Without a token in the environment only those of the store are let in. */
export function tokenAccess(dashboardToken: string, tokens: Pick<Tokens, 'find'>): AccessOf {
  const expected = digest(dashboardToken);
  return async ({ headers }) => {
    const [, given = ''] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
    if (given !== '' && timingSafeEqual(digest(given), expected)) return OWNER;
    const token = await tokens.find(given);
    if (token) return { admin: token.access === 'admin', sites: token.sites };
    throw new MuntraError(
      'unauthorized',
      given === '' ? 'a token is needed' : 'the token is wrong',
      'send `Authorization: Bearer <MUNTRA_DASHBOARD_TOKEN>`; muntra.env in the data directory has it',
    );
  };
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
