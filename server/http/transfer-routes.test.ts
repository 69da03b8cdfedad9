import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEST_TOKEN, type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { until } from '../testing/processes.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { storeEvents } from '../testing/store-events.ts';

const NOON = Date.UTC(2025, 10, 30, 12);
const EVENTS = 5000;
let database: TestStore;
let http: TestHttpServer;

beforeAll(async () => {
  database = await testStore();
  await database.store.query("INSERT INTO sites (site_id) VALUES ('mysite')");
  const events = Array.from({ length: EVENTS }, (_, i) => sampleEvent({ at: NOON + i, path: `/${i}` }));
  await database.store.transaction(client => storeEvents(client, events));
  http = await testHttpServer(database.store);
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
const ask = (method: string, path: string, body?: string) =>
  fetch(http.url + path, { method, headers, ...(body !== undefined && { body }) });

describe('an import', () => {
  const line = JSON.stringify({ created_at: NOON, site_id: 'mysite', visitor_hash: 'somebody' });
  test.each([
    ['POST', '/api/import?line=0', line, 400, 'bad_request'],
    ['POST', '/api/import?source=a&line=-1', line, 400, 'bad_request'],
    ['POST', '/api/import?source=a&site=nowhere', line, 400, 'unknown_site'],
    ['POST', '/api/import?source=a', line.replace('mysite', 'nowhere'), 400, 'unknown_site'],
    ['POST', '/api/import?source=a', 'x'.repeat(2 ** 18 + 1), 413, 'too_large'],
    ['POST', '/api/import?source=a', '\n'.repeat(1001), 413, 'too_large'],
    ['GET', '/api/import', undefined, 400, 'bad_request'],
    ['GET', '/api/backup', undefined, 405, 'method_not_allowed'],
    ['GET', '/api/export?site=nowhere', undefined, 400, 'unknown_site'],
  ])('%s %s is refused', async (method, path, body, status, code) => {
    const answer = await ask(method, path, body);
    expect([answer.status, await answer.json()]).toEqual([status, { error: expect.objectContaining({ code }) }]);
  });

  test('counts its lines', async () => {
    const body = `${line}\r\n\n${line}`;
    expect(await (await ask('POST', '/api/import?source=b&line=0', body)).json()).toMatchObject({ line: 3, events: 2 });
    expect(await (await ask('GET', '/api/import?source=b')).json()).toEqual({ line: 3 });
  });
});

describe('an export', () => {
  test('is as long as it needs to be', async () => {
    const answer = await ask('GET', `/api/export?site=mysite&from=${NOON}`);
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    expect((await answer.text()).split('\n')).toHaveLength(EVENTS + 3);
    const head = await ask('HEAD', '/api/export?site=mysite');
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('waits for its reader, and ends with it', async () => {
    let pages = 0;
    let ended = false;
    async function* endless(): AsyncGenerator<string> {
      try {
        for (; ; pages++) yield '{}\n'.repeat(100_000);
      } finally {
        ended = true;
      }
    }
    const slow = await testHttpServer(database.store, { exporter: endless });
    const socket = connect(slow.port, '127.0.0.1');
    socket.pause();
    socket.write(`GET /api/export?site=mysite HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n\r\n`);
    await until('the first page', () => pages > 0);
    await sleep(300);
    expect(pages).toBeLessThan(100);
    expect(ended).toBe(false);
    socket.destroy();
    await until('the end', () => ended);
    expect(slow.logged.filter(line => line.includes('broke off'))).toEqual([]);
    await slow.close();
  });
});

test('a backup is one of them', async () => {
  const answer = await ask('POST', '/api/backup');
  expect(answer.headers.get('content-type')).toBe('application/zstd');
  const text = zstdDecompressSync(await answer.bytes()).toString();
  expect(text).toMatch(/^\{"backup":"muntra","format":1,/);
});

test('what fails before its first byte has an answer', async () => {
  await database.store.query('ALTER TABLE raw_events RENAME COLUMN url_path TO away');
  const answer = await ask('GET', '/api/export?site=mysite');
  expect([answer.status, await answer.json()]).toEqual([500, { error: expect.objectContaining({ code: 'internal' }) }]);
  await database.store.query('ALTER TABLE raw_events RENAME COLUMN away TO url_path');
});
