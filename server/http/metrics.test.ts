import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { TEST_CONFIG, TEST_TOKEN, type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { SAMPLE_SYSTEM } from '../testing/sample-system.ts';
import { openSocket, restOf } from '../testing/sockets.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
let database: TestStore;
let http: TestHttpServer;

beforeAll(async () => {
  database = await testStore();
  http = await testHttpServer(database.store, { system: async () => SAMPLE_SYSTEM });
  await http.services.sites.add({ id: 'mysite' });
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

const scrape = (headers: Record<string, string> = {}) => fetch(`${http.url}/metrics`, { headers });

/** Samples by name and labels; throws on a line that is not of the format. */
async function samples(): Promise<Map<string, number>> {
  const lines = (await (await scrape()).text()).trimEnd().split('\n');
  const found = lines.filter(line => !/^# (HELP \w+ .+|TYPE \w+ (counter|gauge|histogram))$/.test(line));
  return new Map(
    found.map(line => {
      const [, name, value] = /^(\w+(?:\{\w+="[^"\\\n]*"(?:,\w+="[^"\\\n]*")*\})?) ([\d.e+-]+)$/.exec(line) ?? [];
      if (!name) throw new Error(line);
      return [name, Number(value)];
    }),
  );
}

const collect = (site: string, agent: string) =>
  fetch(`${http.url}/collect`, {
    method: 'POST',
    headers: { 'User-Agent': agent },
    body: JSON.stringify({ site_id: site }),
  });

test('tells what became of events, how long questions took, and what state the server is in', async () => {
  await Promise.all([
    collect('mysite', FIREFOX),
    collect('mysite', FIREFOX),
    collect('mysite', 'curl/8'),
    collect('x', FIREFOX),
  ]);
  const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
  await fetch(`${http.url}/api/stats?site=mysite`, { headers });
  await fetch(`${http.url}/api/stats?site=mysite`, { headers });
  await fetch(`${http.url}/muntra/api/fleet`, { headers });
  await fetch(`${http.url}/api/fleet/live`, { headers });
  await fetch(`${http.url}/api/sites`, { headers });
  await fetch(`${http.url}/api/import?source=x&line=0`, { method: 'POST', headers, body: '{}' });
  http.services.drops.take();
  const found = await samples();
  expect(Object.fromEntries(found)).toMatchObject({
    'muntra_events_total{outcome="kept"}': 2,
    'muntra_events_total{outcome="bot"}': 1,
    'muntra_events_total{outcome="unknown_site"}': 1,
    'muntra_events_total{outcome="rate"}': 0,
    'muntra_query_seconds_bucket{question="stats",le="+Inf"}': 2,
    muntra_store_up: 1,
    muntra_redis_up: 0,
    muntra_buffer_events: 7,
    muntra_flush_last_timestamp_seconds: 1_750_000_060,
    muntra_flush_last_seconds: 0.25,
    muntra_rollup_last_seconds: 0.5,
    'muntra_build_info{version="1.2.3"}': 1,
    process_resident_memory_bytes: 60e6,
  });
  const counts = [...found].filter(([name]) => name.startsWith('muntra_query_seconds_count'));
  expect(counts).toEqual([
    ['muntra_query_seconds_count{question="stats"}', 2],
    ['muntra_query_seconds_count{question="fleet"}', 1],
    ['muntra_query_seconds_count{question="fleet_live"}', 1],
  ]);
  const buckets = [...found]
    .filter(([name]) => name.startsWith('muntra_query_seconds_bucket{question="stats"'))
    .map(([, value]) => value);
  expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
  expect([...found.keys()].join()).not.toContain('mysite');
});

describe('who may ask', () => {
  test('is this machine, unless through a proxy', async () => {
    expect((await scrape()).headers.get('content-type')).toContain('text/plain; version=0.0.4');
    for (const header of ['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-IP']) {
      expect((await scrape({ [header]: '127.0.0.1' })).status).toBe(401);
    }
  });

  test.each([
    ['as by an HAProxy that was told nothing', 'GET /metrics HTTP/1.1\r\nHost: stats.example.com', 401],
    ['as by an nginx that was told nothing', 'GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:8090', 401],
    ['over IPv6', 'GET /metrics HTTP/1.1\r\nHost: [::1]:8090', 200],
    ['by a name of this machine alone', 'GET /metrics HTTP/1.1\r\nHost: localhost', 200],
  ])('%s', async (_, head, status) => {
    const socket = await openSocket(http.port);
    socket.write(`${head}\r\nConnection: close\r\n\r\n`);
    expect(await restOf(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  test('is not this machine where there is a public address, as its proxy may tell nothing at all', async () => {
    const config = { ...TEST_CONFIG, publicUrl: 'https://stats.example.com/' };
    const server = await testHttpServer(database.store, { config, system: async () => SAMPLE_SYSTEM });
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
    expect((await fetch(`${server.url}/metrics`, { headers })).status).toBe(200);
    await server.close();
  });

  test('is who has a token for all sites', async () => {
    const { tokens } = http.services;
    const all = await tokens.create({ name: 'prometheus', access: 'read', sites: null });
    const one = await tokens.create({ name: 'anna', access: 'admin', sites: ['mysite'] });
    const status = async (token: string) =>
      (await scrape({ 'X-Forwarded-For': '203.0.113.1', Authorization: `Bearer ${token}` })).status;
    expect(await Promise.all([TEST_TOKEN, all.token, one.token, 'other'].map(status))).toEqual([200, 200, 403, 401]);
  });
});

describe('the page about it', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');

  test('names every metric', async () => {
    const text = await (await scrape()).text();
    const names = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    expect(names.filter(name => !page.includes(`\`${name}`))).toEqual([]);
  });

  test('has alerts about metrics that exist', async () => {
    const text = await (await scrape()).text();
    const [, alerts = ''] = /## Alerts\n\n```yaml\n(.*?)```/s.exec(page) ?? [];
    const { groups } = parse(alerts) as { groups: { rules: { alert: string; expr: string }[] }[] };
    const used = groups.flatMap(({ rules }) =>
      rules.flatMap(({ expr }) => expr.match(/\b(?:muntra|process)_\w+/g) ?? []),
    );
    expect(used.length).toBeGreaterThan(8);
    expect(used.filter(name => !text.includes(name))).toEqual([]);
  });
});
