/**
 * What init looks at before it writes anything: the port, the servers. Nobody is asked about the public address, which may
 * not be there yet.
 */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../server/config-values.ts';
import { MuntraError } from '../../server/errors.ts';
import { listen, stopListening } from '../../server/http/listen.ts';
import type { Logger } from '../../server/log.ts';
import { connectionOf } from '../../server/store/connection.ts';

/** Throws MuntraError `address_in_use`. */
export async function checkPort(address: Address): Promise<void> {
  const server = createServer();
  try {
    await listen(server, address);
  } finally {
    await stopListening(server);
  }
}

/**
 * What it is. Throws MuntraError `store_unavailable`, `config_invalid`, or `store_start` when it is unfit or its user may not
 * make tables.
 */
export async function checkPostgres(dsn: string, log: Logger): Promise<string> {
  const { openStore } = await import('../../server/store/postgres.ts');
  const { checkDatabase } = await import('../../server/store/database-check.ts');
  const store = openStore(connectionOf(dsn), { log, max: 1 });
  try {
    await checkDatabase(store);
    const [row] = await store.query<{ version: string; may: boolean | null }>(
      `SELECT current_setting('server_version') AS version, has_schema_privilege(current_schema(), 'CREATE') AS may`,
    );
    if (row?.may) return `PostgreSQL ${row.version}`;
    const hint = 'GRANT CREATE ON SCHEMA public TO ... as its owner, or use a database that the user owns';
    throw new MuntraError('store_start', 'The user of the database may not make tables in it', hint);
  } finally {
    await store.close();
  }
}

const POLL = 50;
const PATIENCE = 3_000;

/** Its streams number their entries within an incarnation since then. */
const REDIS_LEAST = 7;

/** What it is, then settings under which it may lose events. Throws MuntraError `buffer_unavailable`. */
export async function checkRedis(url: string): Promise<string[]> {
  const { openRedis } = await import('../../server/redis.ts');
  const link = openRedis(url);
  try {
    for (let waited = 0; !link.ready && waited < PATIENCE; waited += POLL) await sleep(POLL);
    const info = String((await link.callEach('INFO')).at(0));
    const value = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    const version = value('redis_version');
    if (Number.parseInt(version, 10) < REDIS_LEAST) {
      const hint = 'upgrade it, or leave MUNTRA_REDIS_URL empty: events wait in files then';
      throw new MuntraError(
        'buffer_unavailable',
        `This is Redis ${version}: Muntra needs ${REDIS_LEAST}.0 or newer`,
        hint,
      );
    }
    return [`Redis ${version}`, ...redisWarnings(value)];
  } finally {
    link.close();
  }
}

function redisWarnings(value: (name: string) => string): string[] {
  const policy = value('maxmemory_policy');
  return [
    ...(policy === 'noeviction'
      ? []
      : [`Redis evicts keys when it is full (${policy}): set maxmemory-policy noeviction`]),
    ...(value('aof_enabled') === '1' ? [] : ['Redis loses what waits when it restarts: set appendonly yes']),
  ];
}
