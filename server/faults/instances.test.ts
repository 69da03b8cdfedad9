/** Several servers on one PostgreSQL and one Redis Cluster, started at the same moment on an empty database. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FlushAnswer } from '../contract/system.ts';
import { type Muntra, startMuntra } from '../testing/muntra.ts';
import { openProcesses, until } from '../testing/processes.ts';
import { startCluster } from '../testing/redis.ts';
import { startPostgres } from '../testing/service.ts';
import { audit } from './audit.ts';
import { startLoad } from './load.ts';

const INSTANCES = [0, 1, 2];
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';

const processes = openProcesses();
let instances: Muntra[];
let first: Muntra;

beforeAll(async () => {
  const [cluster, postgres] = await Promise.all([startCluster(processes), startPostgres(processes)]);
  const env = {
    MUNTRA_REDIS_URL: cluster.url,
    MUNTRA_BUFFER_SHARDS: '3',
    MUNTRA_POSTGRES_DSN: postgres.url,
    // All the time, so that they meet.
    MUNTRA_FLUSH_INTERVAL: '20ms',
  };
  instances = await Promise.all(INSTANCES.map(() => startMuntra(processes, { env })));
  first = instances[0] as Muntra;
});
afterAll(() => processes.close());

/** What each instance answers to the same visitor. */
const visitAll = (site: string, origin: string): Promise<number[]> =>
  Promise.all(
    instances.map(async ({ port }) => {
      const body = JSON.stringify({ site_id: site, url: `${origin}/from/${port}` });
      const headers = { 'user-agent': FIREFOX, 'x-forwarded-for': '203.0.113.9', origin };
      return (await fetch(`http://127.0.0.1:${port}/collect`, { method: 'POST', headers, body })).status;
    }),
  );

test('a site and its origins are effective on all within two seconds; a visitor is the same to all', async () => {
  expect(await visitAll('shop', 'https://example.com')).toEqual([403, 403, 403]);
  await first.api('POST', '/api/sites', { id: 'shop', origins: ['example.com'] });
  const allows = async (origin: string): Promise<boolean> =>
    (await visitAll('shop', origin)).every(status => status === 204);
  await until('the site everywhere', () => allows('https://example.com'), 2000);
  expect(await visitAll('shop', 'https://example.org')).toEqual([403, 403, 403]);
  await first.api('POST', '/api/sites/shop/origins', { origin: 'example.org' });
  await until('the origin everywhere', () => allows('https://example.org'), 2000);

  await first.api('POST', '/api/flush');
  const [row] = await first.rows(
    'SELECT count(DISTINCT url_path)::int AS instances, count(DISTINCT visitor_hash)::int AS visitors FROM raw_events',
    [],
  );
  expect(row).toEqual({ instances: 3, visitors: 1 });
});

test('under load on all, all of them flushing: each event once', async () => {
  const sites = INSTANCES.map(number => `site-${number}`);
  for (const id of sites) await first.api('POST', '/api/sites', { id });
  await until('the sites everywhere', async () =>
    (await Promise.all(sites.map(site => visitAll(site, 'https://example.com')))).flat().every(code => code === 204),
  );
  const loads = instances.map(({ port }, number) => startLoad({ port, site: `site-${number}`, rate: 150 }));
  await until('events', () => loads.every(({ outcomes }) => outcomes.acknowledged.length > 400));
  const outcomes = await Promise.all(loads.map(load => load.stop()));
  const flushed = await Promise.all(instances.map(({ api }) => api<FlushAnswer>('POST', '/api/flush')));
  expect(flushed.map(({ waiting }) => waiting)).toEqual([0, 0, 0]);
  for (const [number, site] of sites.entries()) {
    const outcome = outcomes[number] ?? { acknowledged: [], refused: new Map(), unanswered: [] };
    const clean = { refused: 0, unanswered: 0, lost: [], doubled: [], refusedButStored: [] };
    expect(await audit(outcome, site, first)).toMatchObject(clean);
  }
});
