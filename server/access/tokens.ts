/**
 * Tokens of the API that were made with `muntra token create`. They live in the store as hashes and are read again when
 * those in memory are older than a second, so that a revoked one is refused on all instances, and guesses cost no query.
 */
import { hash, randomBytes } from 'node:crypto';
import type { ApiToken, CreatedToken, NewToken } from '../contract/token.ts';
import { MuntraError } from '../errors.ts';
import type { Store } from '../store/postgres.ts';

export interface Tokens {
  /** undefined: there is none like it. Throws MuntraError `store_unavailable` as long as nobody can know. */
  find(secret: string): Promise<ApiToken | undefined>;
  /** By name. */
  list(): Promise<ApiToken[]>;
  /** Throws MuntraError `bad_request` or `token_exists`. */
  create(token: NewToken): Promise<CreatedToken>;
  /** Throws MuntraError `not_found`. */
  revoke(name: string): Promise<void>;
}

/** Milliseconds. */
const FRESH = 1000;
const MAX_TOKENS = 1000;
const NAME = /^\w[\w.-]{0,63}$/;
const PREFIX = 'muntra_';

const LIST = `SELECT name, hash, access, sites, to_char(used_on, 'YYYY-MM-DD') AS "lastUsed",
                     floor(extract(epoch FROM created_at) * 1000)::float8 AS created
                FROM api_tokens ORDER BY name COLLATE "C" LIMIT ${MAX_TOKENS}`;

type Row = ApiToken & { hash: string };

export function createTokens(store: Store, now: () => number): Tokens {
  let known: Map<string, ApiToken> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<Map<string, ApiToken>> | undefined;

  async function load(): Promise<Map<string, ApiToken>> {
    const rows = await store.query<Row>(LIST);
    known = new Map(rows.map(({ hash, ...token }) => [hash, token]));
    readAt = now();
    return known;
  }

  /** While the store is away, the tokens that were good are good. */
  function keepKnown(error: unknown): Map<string, ApiToken> {
    if (!known) throw error;
    readAt = now();
    return known;
  }

  async function current(): Promise<Map<string, ApiToken>> {
    if (known && Math.abs(now() - readAt) < FRESH) return known;
    reading ??= load()
      .catch(keepKnown)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  }

  function noteUse(token: ApiToken): void {
    const today = new Date(now()).toISOString().slice(0, 10);
    if (token.lastUsed === today) return;
    token.lastUsed = today;
    // Who asks shall not wait for it; if it fails, the next read forgets it and the next use tries again.
    store.query('UPDATE api_tokens SET used_on = $2 WHERE name = $1', [token.name, today]).catch(() => {});
  }

  return {
    async find(secret) {
      if (!secret.startsWith(PREFIX)) return undefined;
      // Whatever the time of a look-up by hash tells of hashes, nobody can make a token from it.
      const token = (await current()).get(digest(secret));
      if (token) noteUse(token);
      return token;
    },

    list: async () => [...(await load()).values()],

    async create({ name, access, sites }) {
      if (!NAME.test(name)) throw badName(name);
      if ((await current()).size >= MAX_TOKENS) {
        throw new MuntraError('bad_request', `there are ${MAX_TOKENS} tokens`, 'muntra token revoke');
      }
      const secret = PREFIX + randomBytes(32).toString('base64url');
      const made = await store.query(
        'INSERT INTO api_tokens (name, hash, access, sites) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING name',
        [name, digest(secret), access, sites],
      );
      if (made.length === 0) {
        throw new MuntraError('token_exists', `there is a token "${name}" already`, `muntra token revoke ${name}`);
      }
      readAt = Number.NEGATIVE_INFINITY;
      return { name, access, sites, created: now(), lastUsed: null, token: secret };
    },

    async revoke(name) {
      const gone = await store.query('DELETE FROM api_tokens WHERE name = $1 RETURNING name', [name]);
      if (gone.length === 0) throw new MuntraError('not_found', `there is no token "${name}"`, 'muntra token list');
      readAt = Number.NEGATIVE_INFINITY;
    },
  };
}

const digest = (secret: string): string => hash('sha256', secret);

const badName = (name: string): MuntraError =>
  new MuntraError(
    'bad_request',
    `"${name.slice(0, 100)}" cannot be the name of a token`,
    'use 1 to 64 letters, digits, dots, dashes and underscores, a letter or a digit first',
  );
