/** Whether a PostgreSQL and its database can serve at all, asked before anything is made in it. */
import { MuntraError } from '../errors.ts';
import type { Store } from './postgres.ts';

interface DatabaseFacts {
  /** As `180004` for 18.4. */
  version: number;
  /** As PostgreSQL names itself. */
  release: string;
  encoding: string;
}

/** `any_value` is of PostgreSQL 16. */
const LEAST = 16;

const FACTS = `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS release,
  current_setting('server_encoding') AS encoding`;

/** Throws MuntraError `store_start`, or `store_unavailable`. */
export async function checkDatabase(store: Store): Promise<void> {
  for (const facts of await store.query<DatabaseFacts>(FACTS)) refuseUnfit(facts);
}

/** Throws MuntraError `store_start`. */
export function refuseUnfit({ version, release, encoding }: DatabaseFacts): void {
  if (version < LEAST * 10_000) {
    const hint = `upgrade it, or name another in MUNTRA_POSTGRES_DSN; without that variable Muntra brings its own`;
    throw new MuntraError('store_start', `This is PostgreSQL ${release}: Muntra needs ${LEAST} or newer`, hint);
  }
  if (encoding !== 'UTF8') {
    const message = `The encoding of this database is ${encoding}: it cannot hold the text of all pages`;
    const hint =
      "make another: CREATE DATABASE muntra TEMPLATE template0 ENCODING 'UTF8', and name it in MUNTRA_POSTGRES_DSN";
    throw new MuntraError('store_start', message, hint);
  }
}
