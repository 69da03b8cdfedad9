/**
 * What people see of an outage: `/collect` goes on, `/ready` and `/api/system` tell, and the log has one line for each
 * change, in which there is nothing of a visitor.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FlushAnswer, ReadyAnswer, SystemAnswer } from '../contract/system.ts';
import { type Muntra, startMuntra } from '../testing/muntra.ts';
import { openProcesses, until } from '../testing/processes.ts';
import { withRedis } from '../testing/redis.ts';
import { type Service, startPostgres, startRedis } from '../testing/service.ts';

const ADDRESSES = ['203.0.113.77', '2001:db8::77'];
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';

const processes = openProcesses();
let redis: Service;
let postgres: Service;
let muntra: Muntra;
/** Events that were answered with 204. */
let sent = 0;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(processes), startPostgres(processes)]);
  muntra = await startMuntra(processes, {
    env: {
      MUNTRA_REDIS_URL: redis.url,
      MUNTRA_POSTGRES_DSN: postgres.url,
      MUNTRA_FLUSH_INTERVAL: '200ms',
      MUNTRA_LOG_LEVEL: 'debug',
    },
  });
  await muntra.api('POST', '/api/sites', { id: 'shop' });
});
afterAll(() => processes.close());

const at = (path: string): string => `http://127.0.0.1:${muntra.port}${path}`;

function collect(body: string, address = ADDRESSES[sent % 2] ?? ''): Promise<Response> {
  const headers = { 'user-agent': FIREFOX, 'x-forwarded-for': address };
  return fetch(at('/collect'), { method: 'POST', headers, body });
}

async function visit(events = 20): Promise<void> {
  for (let n = 0; n < events; n++) {
    const { status } = await collect(JSON.stringify({ site_id: 'shop', url: `https://example.com/${sent}` }));
    expect(status).toBe(204);
    sent++;
  }
}

async function ready(): Promise<{ status: number; answer: ReadyAnswer }> {
  const response = await fetch(at('/ready'));
  return { status: response.status, answer: (await response.json()) as ReadyAnswer };
}

const system = (): Promise<SystemAnswer> => muntra.api('GET', '/api/system');

/** The log from a point on, its debug lines apart. */
function told(from: number): string[] {
  const lines = muntra.output().split('\n').slice(from);
  const entries = lines.filter(line => line.startsWith('{')).map(line => JSON.parse(line));
  return entries.filter(({ level }) => level !== 'debug').map(({ msg }) => msg);
}
const linesSoFar = (): number => muntra.output().split('\n').length - 1;

const stored = async (): Promise<number> =>
  Number((await muntra.rows('SELECT count(*) FROM raw_events', []))[0]?.count);

const AWAY = 'redis: does not answer, events go to the spool';
const BACK = 'redis: takes events again';

test.each([
  {
    name: 'killed',
    befall: () => redis.process.kill(),
    heal: () => redis.restart(),
    message: AWAY,
  },
  {
    name: 'stopped',
    befall: async () => redis.process.signal('SIGSTOP'),
    heal: async () => redis.process.signal('SIGCONT'),
    message: AWAY,
  },
  {
    name: 'full',
    befall: () => withRedis(redis.url, link => link.call('CONFIG', 'SET', 'maxmemory', '1')),
    heal: () => withRedis(redis.url, link => link.call('CONFIG', 'SET', 'maxmemory', '128mb')),
    message: 'redis: is full, events go to the spool',
  },
])('Redis $name', async ({ befall, heal, message }) => {
  const from = linesSoFar();
  await befall();
  await visit();
  const { status, answer } = await ready();
  expect([status, answer]).toEqual([200, { store: true, buffer: true, redis: false }]);
  expect((await system()).state).toEqual({ store: 'up', buffer: 'up', redis: 'down' });
  await visit();
  await heal();
  await until('Redis', async () => (await ready()).answer.redis === true);
  await visit();
  expect((await system()).state).toEqual({ store: 'up', buffer: 'up', redis: 'up' });
  await until('the flush', async () => (await stored()) === sent);
  expect(told(from)).toEqual([message, BACK]);
});

test('PostgreSQL killed', async () => {
  const from = linesSoFar();
  await postgres.process.kill();
  await visit();
  const { status, answer } = await ready();
  expect([status, answer]).toEqual([503, { store: false, buffer: true, redis: true }]);
  const { state, buffer } = await system();
  expect(state).toEqual({ store: 'down', buffer: 'up', redis: 'up' });
  expect(buffer.events).toBeGreaterThanOrEqual(20);
  for (const [method, path] of [
    ['GET', '/api/stats?site=shop'],
    ['POST', '/api/flush'],
  ] as const) {
    await expect(muntra.api(method, path)).rejects.toThrow(/503 .*"store_unavailable".*nothing listens.*"hint":"it is/);
  }
  await visit();
  await postgres.restart();
  // Nobody asks for it.
  await until('the flush', async () => (await stored()) === sent);
  expect((await ready()).status).toBe(200);
  expect(told(from)).toEqual(['PostgreSQL is not available: nothing listens there', 'PostgreSQL is up']);
});

test('the log of all this has neither an address nor a salt', async () => {
  for (const body of [
    '{',
    '{"site_id":"elsewhere"}',
    'x'.repeat(10_000),
    JSON.stringify({ site_id: 'shop', url: 7 }),
  ]) {
    for (const address of [...ADDRESSES, `${ADDRESSES[0]}, nonsense`]) await collect(body, address);
  }
  expect(await muntra.api<FlushAnswer>('POST', '/api/flush')).toMatchObject({ waiting: 0 });
  expect(await muntra.stop()).toBe(0);
  const salts = readdirSync(join(muntra.dataDir, 'salt')).map(name => join(muntra.dataDir, 'salt', name));
  const secrets = [...ADDRESSES, ...salts.map(path => readFileSync(path, 'latin1'))];
  expect(secrets).toHaveLength(3);
  expect(secrets.filter(secret => muntra.output().includes(secret))).toEqual([]);
});
