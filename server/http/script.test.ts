import { get as getRaw } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';

let database: TestStore;
let http: TestHttpServer;

beforeAll(async () => {
  database = await testStore();
  const pages = [{ path: '/demo', type: 'text/html; charset=utf-8', body: '<h1>Ünder the sun</h1>' }];
  http = await testHttpServer(database.store, { pages });
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

const get = (path: string, init?: RequestInit) => fetch(http.url + path, init);

describe('the script', () => {
  test.each(['/script.js', '/muntra/script.js', '/script.js?v=1'])('%s', async path => {
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([200, 'tracker()']);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=3600',
      'x-content-type-options': 'nosniff',
      vary: 'Accept-Encoding',
    });
  });

  test('is not sent again to those who have it', async () => {
    const etag = (await get('/script.js')).headers.get('etag') ?? '';
    for (const known of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
      const response = await get('/script.js', { headers: { 'If-None-Match': known } });
      expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', etag]);
      expect(response.headers.get('cache-control')).toBe('public, max-age=3600');
    }
    expect((await get('/script.js', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
  });

  test.each([
    ['gzip', true],
    ['br, gzip;q=0.5', true],
    ['gzip;q=0', false],
    ['identity', false],
    ['br', false],
  ])('Accept-Encoding: %s', async (accepted, packed) => {
    // fetch would unpack it.
    const { headers, body } = await new Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer }>(resolve => {
      getRaw(`${http.url}/script.js`, { headers: { 'Accept-Encoding': accepted } }, response => {
        const chunks: Buffer[] = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      });
    });
    expect(headers['content-encoding']).toBe(packed ? 'gzip' : undefined);
    expect((packed ? gunzipSync(body) : body).toString()).toBe('tracker()');
  });

  test('HEAD tells the length and no more', async () => {
    const response = await get('/script.js', { method: 'HEAD', headers: { 'Accept-Encoding': 'identity' } });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '9', '']);
  });
});

test('health and readiness', async () => {
  const health = await get('/health');
  expect([health.status, await health.text()]).toEqual([200, '{"status":"ok"}']);
  const ready = await get('/muntra/ready');
  expect([ready.status, await ready.json()]).toEqual([200, { store: true, buffer: true }]);
});

test('a page', async () => {
  const response = await get('/demo');
  expect([response.status, await response.text()]).toEqual([200, '<h1>Ünder the sun</h1>']);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
});

test.each([
  ['GET', '/', 404, 'not_found'],
  ['GET', '/constructor', 404, 'not_found'],
  ['GET', '/script.jsx', 404, 'not_found'],
  ['POST', '/script.js', 405, 'method_not_allowed'],
  ['DELETE', '/health', 405, 'method_not_allowed'],
  ['OPTIONS', '/script.js', 405, 'method_not_allowed'],
])('%s %s is a %d', async (method, path, status, code) => {
  const response = await get(path, { method });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
});
