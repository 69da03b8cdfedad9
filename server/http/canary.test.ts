/** Canaries over the real HTTP server: what is seen of them, that they are stored and counted nowhere. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CanaryAnswer, CanaryOpened } from '../contract.ts';
import { decodeEvent } from '../ingest/event.ts';
import { storeEvents } from '../pipeline/batch.ts';
import { checkSiteId } from '../sites/site.ts';
import { TEST_CONFIG, TEST_TOKEN, type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { CANARY_SITE, createCanaries } from './canary.ts';

let database: TestStore;
let http: TestHttpServer;
let now: number;
/** Encoded events that no flush has stored. */
let waiting: string[];

beforeAll(async () => {
  database = await testStore();
});
afterAll(() => database.drop());

beforeEach(async () => {
  now = Date.UTC(2025, 10, 22, 12);
  waiting = [];
  const { store } = database;
  /** A flush with the waiting payloads as its buffer. */
  const flusher = {
    flush: async () => {
      const events = waiting.splice(0).map(decodeEvent);
      await store.transaction(client => storeEvents(client, events));
      return { events: events.length, rejected: 0, seconds: 0, waiting: 0 };
    },
  };
  const append = async (payload: string) => void waiting.push(payload);
  const canaries = createCanaries({ config: TEST_CONFIG, store, flusher, now: () => now });
  http = await testHttpServer(store, { append, canaries, now: () => now });
});
afterEach(() => http.close());

async function api<T>(method: string, path: string): Promise<T> {
  const response = await fetch(`${http.url}/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${TEST_TOKEN}` },
  });
  return Object.assign({ status: response.status }, await response.json());
}

const open = () => api<CanaryOpened>('POST', 'canary');
const answer = (id: string) => api<CanaryAnswer & { status: number }>('GET', `canary/${id}`);

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
  expect(waiting).toEqual([JSON.stringify([now, CANARY_SITE, id, 'canary', '/'])]);
  expect(await answer(id)).toMatchObject({ stored: true });
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
    expect(JSON.stringify([seen, waiting, http.logged])).not.toContain('203.0.113.7');
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
    expect(waiting).toEqual([]);
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
