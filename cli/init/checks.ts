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

/** What it is. Throws MuntraError `store_unavailable`, `config_invalid`, or `store_start` when its user may not make tables. */
export async function checkPostgres(dsn: string, log: Logger): Promise<string> {
  const { openStore } = await import('../../server/store/postgres.ts');
  const store = openStore(connectionOf(dsn), { log, max: 1 });
  try {
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

/** What it is, then settings under which it may lose events. Throws MuntraError `buffer_unavailable`. */
export async function checkRedis(url: string): Promise<string[]> {
  const { openRedis } = await import('../../server/redis.ts');
  const link = openRedis(url);
  try {
    for (let waited = 0; !link.ready && waited < PATIENCE; waited += POLL) await sleep(POLL);
    const info = String((await link.callEach('INFO')).at(0));
    const value = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    return [`Redis ${value('redis_version')}`, ...redisWarnings(value)];
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
