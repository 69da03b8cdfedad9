/** Two instances on one Redis and one PostgreSQL, both at work while a visitor is forgotten through one of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ForgetAnswer } from '../contract/privacy.ts';
import { visitorHash } from '../ingest/visitor.ts';
import { eventsKey } from '../redis-keys.ts';
import { type Muntra, startMuntra } from '../testing/muntra.ts';
import { openProcesses } from '../testing/processes.ts';
import { withRedis } from '../testing/redis.ts';
import { type Service, startPostgres, startRedis } from '../testing/service.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
const FORGOTTEN = '203.0.113.7';
const OTHER = '203.0.113.8';
const processes = openProcesses();
let redis: Service;
let instances: [Muntra, Muntra];

beforeAll(async () => {
  redis = await startRedis(processes);
  const postgres = await startPostgres(processes);
  const env = {
    MUNTRA_REDIS_URL: redis.url,
    MUNTRA_POSTGRES_DSN: postgres.url,
    MUNTRA_ALLOWED_SITES: 'mysite',
    MUNTRA_FLUSH_INTERVAL: '0',
    MUNTRA_FLUSH_BATCH_SIZE: '20',
  };
  const first = await startMuntra(processes, { env });
  instances = [first, await startMuntra(processes, { env })];
});
afterAll(() => processes.close());

async function visit({ port }: Muntra, address: string): Promise<void> {
  const headers = { 'user-agent': FIREFOX, 'x-forwarded-for': address };
  const body = JSON.stringify({ site_id: 'mysite', url: 'https://example.com/' });
  expect((await fetch(`http://127.0.0.1:${port}/collect`, { method: 'POST', headers, body })).status).toBe(204);
}

/** Of the events that wait, how many are of a visitor. */
function waiting(visitor: string): Promise<number> {
  return withRedis(redis.url, async link => {
    const entries = JSON.stringify(await link.call('XRANGE', eventsKey(0), '-', '+'));
    return entries.split(visitor).length - 1;
  });
}

test('every event that was answered before is gone, from the buffer and from the store', async () => {
  const [one, two] = instances;
  const salt = readFileSync(join(one.dataDir, 'salt', `salt-${new Date().toISOString().slice(0, 10)}`), 'utf8');
  const visitor = visitorHash(FORGOTTEN, FIREFOX, salt);
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 30; i++) await Promise.all(instances.map(instance => visit(instance, FORGOTTEN)));
    expect(await waiting(visitor)).toBe(60);
    // The other instance stores the same events at the same moment, and takes more.
    const busy = [two.api('POST', '/api/flush'), ...Array.from({ length: 20 }, () => visit(two, OTHER))];
    const { sites } = await one.api<ForgetAnswer>('POST', '/api/forget', { ip: FORGOTTEN, userAgent: FIREFOX });
    expect(sites).toEqual([{ site: 'mysite', events: 60 }]);
    await Promise.all(busy);
    expect(await waiting(visitor)).toBe(0);
    expect(await one.rows('SELECT FROM raw_events WHERE visitor_hash = $1', [visitor])).toEqual([]);
  }
  await one.api('POST', '/api/flush');
  expect(await one.rows('SELECT count(*)::int AS events FROM raw_events', [])).toEqual([{ events: 100 }]);
});
