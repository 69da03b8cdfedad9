/** Canaries over the real HTTP server: what is seen of them, that they are stored and counted nowhere. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Buffer } from '../buffer/buffer.ts';
import { openSpool } from '../buffer/spool.ts';
import type { CanaryAnswer, CanaryOpened } from '../contract/canary.ts';
import { createDropLedger } from '../ingest/drops.ts';
import { createLogger } from '../log.ts';
import { createFlusher } from '../pipeline/flush.ts';
import { checkSiteId } from '../sites/site.ts';
import { TEST_CONFIG, TEST_TOKEN, type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { CANARY_SITE, createCanaries } from './canary.ts';

let database: TestStore;
let http: TestHttpServer;
let dir: string;
let spool: Buffer;
let now: number;

beforeAll(async () => {
  database = await testStore();
});
afterAll(() => database.drop());

beforeEach(async () => {
  now = Date.UTC(2025, 10, 22, 12);
  dir = mkdtempSync(join(tmpdir(), 'muntra-canary-'));
  const log = createLogger('silent', process.stderr);
  spool = await openSpool({ dir, maxBytes: 2 ** 20, sync: 'second', log });
  const { store } = database;
  const [drops, clock] = [createDropLedger(() => now), () => now];
  const flusher = createFlusher({ store, buffers: [spool], drops, batchSize: 500, interval: 0, log, now: clock });
  const canaries = createCanaries({ config: TEST_CONFIG, store, flusher, now: clock });
  http = await testHttpServer(store, { append: payload => spool.append(payload), canaries, now: clock });
});
afterEach(async () => {
  await http.close();
  await spool.close();
  rmSync(dir, { recursive: true });
});

async function api<T>(method: string, path: string): Promise<T & { status: number }> {
  const response = await fetch(`${http.url}/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${TEST_TOKEN}` },
  });
  return Object.assign({ status: response.status }, (await response.json()) as T);
}

const open = () => api<CanaryOpened>('POST', 'canary');
const answer = (id: string) => api<CanaryAnswer>('GET', `canary/${id}`);

async function send(id: string, headers: Record<string, string> = {}, path = '/collect'): Promise<number> {
  const body = JSON.stringify({ site_id: CANARY_SITE, name: id, from: '127.0.0.1' });
  return (await fetch(http.url + path, { method: 'POST', body, headers })).status;
}

const rows = () => database.store.query('SELECT * FROM raw_events');

test('its site is one that cannot be', () => {
  expect(() => checkSiteId(CANARY_SITE)).toThrow('cannot be the name of a site');
});

test('it is kept, stored, found, and gone; its day is rolled up anew', async () => {
  const { id, site } = await open();
  expect(site).toBe(CANARY_SITE);
  expect(await answer(id)).toMatchObject({ seen: null, stored: false });
  expect(await send(id)).toBe(204);
  expect((await spool.depth()).events).toBe(1);
  expect(await answer(id)).toMatchObject({ stored: true });
  expect((await spool.depth()).events).toBe(0);
  expect(await rows()).toEqual([]);
  const days = await database.store.query(`SELECT DISTINCT site_id, day::text FROM dirty_windows`);
  expect(days).toEqual([{ site_id: CANARY_SITE, day: '2025-11-22' }]);
  // Asked again it tells the same.
  expect(await answer(id)).toMatchObject({ stored: true });
  expect(http.services.drops.take()).toEqual([]);
});

describe('what is seen', () => {
  test.each([
    ['without a proxy', {}, { forwarded: 0, client: { network: 'loopback', same: true } }],
    [
      'of a visitor',
      { 'x-forwarded-for': '203.0.113.7' },
      { forwarded: 1, client: { network: 'public', same: false } },
    ],
    [
      'of a visitor in the same network',
      { 'x-forwarded-for': '203.0.113.7, 10.0.0.2' },
      { forwarded: 2, client: { network: 'private', same: false } },
    ],
  ])('%s', async (_, headers, expected) => {
    const { id } = await open();
    await send(id, { origin: 'https://example.com', ...headers }, '/muntra/collect?x=1');
    const { seen } = await answer(id);
    const peer = { network: 'loopback', trusted: true };
    expect(seen).toEqual({ path: '/muntra/collect', origin: 'https://example.com', peer, ...expected });
    expect(JSON.stringify([seen, http.logged])).not.toContain('203.0.113.7');
  });
});

describe('what is no awaited canary is an event like any other', () => {
  test.each([
    ['of an unknown id', 0, 'f'.repeat(32)],
    ['whose time is over', 60_000, undefined],
  ])('%s', async (_, later, named) => {
    const { id } = await open();
    now += later;
    expect(await send(named ?? id)).toBe(403);
    expect((await spool.depth()).events).toBe(0);
  });

  test('of another shape', async () => {
    const { id } = await open();
    for (const body of [`{"site_id":"x","name":"${id}"}`, `["*canary","${id}"]`, '*canary', `{"site_id":"*canary"}`]) {
      expect((await fetch(`${http.url}/collect`, { method: 'POST', body })).status).toBeGreaterThanOrEqual(400);
    }
    expect(await answer(id)).toMatchObject({ seen: null });
  });
});

test('a forgotten id is a 404, and only so many are remembered', async () => {
  const { id } = await open();
  for (let i = 0; i < 16; i++) await open();
  expect(await answer(id)).toMatchObject({ status: 404 });
  const { id: late } = await open();
  now += 60_000;
  expect(await answer(late)).toMatchObject({ status: 404 });
});

test('rows that nobody came back for go with the next one', async () => {
  const { id: lost } = await open();
  await send(lost);
  now += 2 * 3_600_000;
  const { id } = await open();
  await send(id);
  expect(await answer(id)).toMatchObject({ stored: true });
  expect(await rows()).toEqual([]);
});
