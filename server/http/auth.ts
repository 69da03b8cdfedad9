/** `Authorization: Bearer <MUNTRA_DASHBOARD_TOKEN>`. Hashes are compared, so that neither time nor length tells. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { MuntraError } from '../errors.ts';

/** Throws MuntraError `unauthorized`. */
export type Authorize = (request: IncomingMessage) => void;

/** Without a token every request is refused. */
export function bearer(token: string): Authorize {
  const expected = digest(token);
  return ({ headers }) => {
    const [, given = ''] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
    if (given !== '' && timingSafeEqual(digest(given), expected)) return;
    throw new MuntraError(
      'unauthorized',
      given === '' ? 'a token is needed' : 'the token is wrong',
      'send `Authorization: Bearer <MUNTRA_DASHBOARD_TOKEN>`; muntra.env in the data directory has it',
    );
  };
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');
