import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTokens } from '../access/tokens.ts';
import type { ApiToken, CreatedToken } from '../contract/token.ts';
import { createLogger } from '../log.ts';
import { openStore, type Store } from '../store/postgres.ts';
import { TEST_TOKEN, type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';

const START = Date.UTC(2025, 6, 1, 12);
let database: TestStore;
let http: TestHttpServer;
let now = START;

beforeAll(async () => {
  database = await testStore();
  http = await testHttpServer(database.store, { now: () => now });
});
beforeEach(async () => {
  now += 10_000;
  await database.store.query('TRUNCATE sites, site_origins, api_tokens');
  for (const id of ['blog', 'shop']) await http.services.sites.add({ id });
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

async function ask(token: string, method: string, path: string, body?: unknown) {
  const response = await fetch(http.url + path, {
    method,
    headers: { Authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: await response.json() };
}

async function create(token: Partial<CreatedToken>): Promise<string> {
  const { status, answer } = await ask(TEST_TOKEN, 'POST', '/api/tokens', token);
  expect(status).toBe(200);
  return (answer as CreatedToken).token;
}

const error = (code: string) => ({ error: { code, message: expect.any(String), hint: expect.any(String) } });

test('a token is made, used, listed and revoked', async () => {
  const made = await ask(TEST_TOKEN, 'POST', '/api/tokens', { name: 'anna' });
  const shown = { name: 'anna', access: 'read', sites: null, created: expect.any(Number), lastUsed: null };
  expect(made.answer).toEqual({ ...shown, token: expect.stringMatching(/^muntra_[\w-]{43}$/) });
  expect((await ask(TEST_TOKEN, 'GET', '/api/tokens')).answer).toEqual([shown]);

  const { token } = made.answer as CreatedToken;
  expect((await ask(token, 'GET', '/api/sites')).status).toBe(200);
  await expect
    .poll(async () => ((await ask(TEST_TOKEN, 'GET', '/api/tokens')).answer as ApiToken[])[0]?.lastUsed)
    .toBe('2025-07-01');

  expect((await ask(TEST_TOKEN, 'DELETE', '/api/tokens/anna')).answer).toEqual({ revoked: 'anna' });
  expect(await ask(token, 'GET', '/api/sites')).toMatchObject({ status: 401, answer: error('unauthorized') });
  expect((await ask(TEST_TOKEN, 'GET', '/api/tokens')).answer).toEqual([]);
});

test('is kept as a hash alone', async () => {
  const token = await create({ name: 'anna' });
  const [row] = await database.store.query<{ text: string }>('SELECT api_tokens::text AS text FROM api_tokens');
  expect(row?.text).toContain('anna');
  expect(row?.text).not.toContain(token.slice(7, 20));
  expect(http.logged.join()).not.toContain(token.slice(7, 20));
});

test('revoked on another instance it is refused here within a second', async () => {
  const token = await create({ name: 'anna' });
  expect((await ask(token, 'GET', '/api/sites')).status).toBe(200);
  await database.store.query('DELETE FROM api_tokens');
  now += 1000;
  expect((await ask(token, 'GET', '/api/sites')).status).toBe(401);
});

describe('a token to read', () => {
  test.each([
    ['GET', '/api/stats?site=blog', 200],
    ['GET', '/api/timeseries?site=blog', 200],
    ['GET', '/api/live?site=shop', 200],
    ['GET', '/api/sites', 200],
    ['GET', '/api/sites/blog', 200],
    ['GET', '/api/sites/blog/origins', 200],
    ['POST', '/api/sites', 403],
    ['PATCH', '/api/sites/blog', 403],
    ['DELETE', '/api/sites/blog', 403],
    ['POST', '/api/sites/blog/origins', 403],
    ['POST', '/api/import?source=x&line=0&site=blog', 403],
    ['POST', '/api/flush', 403],
    ['GET', '/api/system', 403],
    ['GET', '/api/tokens', 403],
    ['POST', '/api/tokens', 403],
    ['DELETE', '/api/tokens/anna', 403],
    ['GET', '/api/nothing', 404],
  ])('%s %s is a %d', async (method, path, status) => {
    const token = await create({ name: 'anna' });
    expect((await ask(token, method, path, method === 'GET' ? undefined : {})).status).toBe(status);
  });
});

describe('a token for one site', () => {
  test('to read sees only it', async () => {
    const token = await create({ name: 'anna', sites: ['blog'] });
    expect((await ask(token, 'GET', '/api/sites')).answer).toMatchObject([{ id: 'blog' }]);
    expect((await ask(token, 'GET', '/api/stats?site=blog')).status).toBe(200);
    expect((await ask(token, 'GET', '/api/fleet')).answer).toMatchObject([{ site: 'blog' }]);
    expect((await ask(token, 'GET', '/api/fleet/live')).answer).toMatchObject({ sites: [{ site: 'blog' }] });
    for (const path of [
      '/api/stats?site=shop',
      '/api/stats?site=other',
      '/api/stats',
      '/api/sites/shop',
      '/api/export?site=shop',
    ]) {
      expect(await ask(token, 'GET', path)).toMatchObject({ status: 403, answer: error('forbidden') });
    }
    // The first parameter of a name is the one that counts, for the check and for the answer.
    expect((await ask(token, 'GET', '/api/stats?site=shop&site=blog')).status).toBe(403);
  });

  test('to change may change it and nothing else', async () => {
    const token = await create({ name: 'anna', access: 'admin', sites: ['blog'] });
    expect((await ask(token, 'POST', '/api/sites/blog/origins', { origin: 'a.example' })).status).toBe(200);
    expect((await ask(token, 'PATCH', '/api/sites/blog', { timezone: 'UTC' })).status).toBe(200);
    for (const [method, path] of [
      ['PATCH', '/api/sites/shop'],
      ['PATCH', '/api/sites/shop?site=blog'],
      ['POST', '/api/sites'],
      ['POST', '/api/tokens'],
      ['POST', '/api/flush?site=blog'],
    ] as const) {
      expect((await ask(token, method, path, { id: 'x', name: 'x' })).status).toBe(403);
    }
  });
});

test('a token to change all may make another', async () => {
  const token = await create({ name: 'anna', access: 'admin' });
  expect((await ask(token, 'POST', '/api/tokens', { name: 'bo' })).status).toBe(200);
  expect((await ask(token, 'POST', '/api/flush')).status).toBe(200);
});

test.each([
  [{}, 400, 'bad_request'],
  [{ name: '../x' }, 400, 'bad_request'],
  [{ name: '..' }, 400, 'bad_request'],
  [{ name: 'anna', access: 'write' }, 400, 'bad_request'],
  [{ name: 'anna', sites: 'blog' }, 400, 'bad_request'],
  [{ name: 'anna', sites: [] }, 400, 'bad_request'],
  [{ name: 'anna', sites: ['other'] }, 404, 'not_found'],
])('%j makes none', async (token, status, code) => {
  expect(await ask(TEST_TOKEN, 'POST', '/api/tokens', token)).toMatchObject({ status, answer: error(code) });
});

test('names are not given twice, nor found when they are not there', async () => {
  await create({ name: 'health' });
  expect(await ask(TEST_TOKEN, 'POST', '/api/tokens', { name: 'health' })).toMatchObject({
    status: 409,
    answer: error('token_exists'),
  });
  expect((await ask(TEST_TOKEN, 'DELETE', '/api/tokens/health')).status).toBe(200);
  expect((await ask(TEST_TOKEN, 'DELETE', '/api/tokens/health')).status).toBe(404);
});

describe('while the store is away', () => {
  const away = openStore({ host: '127.0.0.1', port: 1 }, { log: createLogger('silent', process.stderr) });
  afterAll(() => away.close());

  test('nobody can know of a token that was not seen before', async () => {
    const token = await create({ name: 'anna' });
    const tokens = createTokens(away, () => now);
    await expect(tokens.find(token)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await tokens.find('of another kind')).toBeUndefined();
  });

  test('one that was good is good', async () => {
    const token = await create({ name: 'anna' });
    let store: Store = database.store;
    const tokens = createTokens({ ...away, query: (sql, values) => store.query(sql, values) }, () => now);
    expect(await tokens.find(token)).toMatchObject({ name: 'anna' });
    store = away;
    now += 1000;
    expect(await tokens.find(token)).toMatchObject({ name: 'anna' });
    expect(await tokens.find(`${token}x`)).toBeUndefined();
    await expect(tokens.list()).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
