import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MuntraError } from '../errors.ts';
import { TEST_CONFIG, type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
let database: TestStore;
let http: TestHttpServer;

beforeAll(async () => {
  database = await testStore();
  await database.store.query(`INSERT INTO sites (site_id) VALUES ('mysite'), ('open')`);
  await database.store.query(`INSERT INTO site_origins VALUES ('mysite', 'example.com')`);
});
beforeEach(async () => {
  http = await testHttpServer(database.store);
});
afterEach(() => http.close());
afterAll(() => database.drop());

const HIT = { site_id: 'mysite', url: 'https://example.com/a?b=1' };

/** A reader's hit for a site that takes any origin. */
const hitOpen = (server: TestHttpServer) =>
  fetch(`${server.url}/collect`, {
    method: 'POST',
    body: JSON.stringify({ site_id: 'open' }),
    headers: { 'User-Agent': FIREFOX },
  });

const post = (body: unknown, headers: Record<string, string> = {}, path = '/collect') =>
  fetch(http.url + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'User-Agent': FIREFOX, Origin: 'https://example.com', ...headers },
  });

const drops = () => http.services.drops.take().map(({ site, reason, events }) => ({ site, reason, events }));

test('an event is kept, then answered without a body', async () => {
  const response = await post(HIT);
  expect([response.status, await response.text()]).toEqual([204, '']);
  expect(response.headers.get('access-control-allow-origin')).toBe('https://example.com');
  expect(response.headers.get('vary')).toBe('Origin');
  expect(http.events).toMatchObject([{ site: 'mysite', path: '/a', query: 'b=1', browser: 'Firefox' }]);
  expect(drops()).toEqual([]);
});

test.each(['text/plain;charset=UTF-8', 'application/json', 'application/octet-stream'])('as %s', async type => {
  expect((await post(HIT, { 'Content-Type': type })).status).toBe(204);
  expect(http.events.length).toBe(1);
});

test.each(['/muntra/collect', '/a/b/collect?x=1'])('under %s', async path => {
  expect((await post(HIT, {}, path)).status).toBe(204);
  expect(http.events.length).toBe(1);
});

test('from a page of the same host that hides where it is, as Firefox sends it', async () => {
  const sent = async (host: string, site: string): Promise<number | undefined> => {
    const headers = { Host: host, 'User-Agent': FIREFOX, Origin: 'null', 'Sec-Fetch-Site': site };
    const asked = request(`${http.url}/collect`, { method: 'POST', headers }).end(JSON.stringify(HIT));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  expect(await sent('example.com', 'same-origin')).toBe(204);
  expect(await sent('stats.example', 'same-origin')).toBe(403);
  expect(await sent('example.com', 'cross-site')).toBe(403);
  expect(http.events.length).toBe(1);
});

test('without an Origin, where the site takes any', async () => {
  const response = await hitOpen(http);
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  expect(response.headers.get('vary')).toBe('Origin');
});

describe('turns away, says why, and counts', () => {
  test.each([
    ['an unknown site', { site_id: 'other' }, {}, 403, 'site_not_allowed', 'unknown site', '', 'unknown_site'],
    [
      'another origin',
      HIT,
      { Origin: 'https://evil.org' },
      403,
      'origin_not_allowed',
      'origin not allowed for site',
      'mysite',
      'origin',
    ],
    ['no JSON', '{"site_id":', {}, 400, 'bad_json', 'the body is not JSON', '', 'malformed'],
    ['an empty body', '', {}, 400, 'bad_json', 'the body is not JSON', '', 'malformed'],
    ['a bad field', { ...HIT, data: [] }, {}, 400, 'bad_json', 'data is not an object', 'mysite', 'malformed'],
    ['too much', { ...HIT, title: 'x'.repeat(8192) }, {}, 413, 'too_large', 'the body is too large', '', 'too_large'],
  ])('%s', async (_, body, headers, status, code, message, site, reason) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: { code, message, hint: expect.any(String) } });
    const origin = (headers as { Origin?: string }).Origin ?? 'https://example.com';
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(http.events).toEqual([]);
    expect(drops()).toEqual([{ site, reason, events: 1 }]);
  });

  test.each([
    ['a robot', { 'User-Agent': 'Googlebot/2.1' }],
    ['an empty user agent', { 'User-Agent': '' }],
    ['a prefetch', { 'Sec-Purpose': 'prefetch;prerender' }],
    ['an old prefetch', { 'X-Moz': 'prefetch' }],
  ])('%s, who gets a 204', async (_, headers) => {
    expect((await post(HIT, headers)).status).toBe(204);
    expect(http.events).toEqual([]);
    expect(drops()).toEqual([{ site: 'mysite', reason: 'bot', events: 1 }]);
  });
});

test('a body of unknown length is cut off at the limit, and the connection lives on', async () => {
  const chunk = new TextEncoder().encode('x'.repeat(4096));
  const body = ReadableStream.from(Array(64).fill(chunk));
  const init = { method: 'POST', body, duplex: 'half', headers: { 'User-Agent': FIREFOX } };
  const response = await fetch(`${http.url}/collect`, init as RequestInit);
  expect(response.status).toBe(413);
  expect((await post(HIT)).status).toBe(204);
});

test('exactly 8 KB are taken', async () => {
  const bare = JSON.stringify({ ...HIT, title: '' }).length;
  expect((await post({ ...HIT, title: 'x'.repeat(8192 - bare) })).status).toBe(204);
  expect((await post({ ...HIT, title: 'x'.repeat(8193 - bare) })).status).toBe(413);
});

describe('the address behind a trusted proxy', () => {
  test('makes the visitor', async () => {
    for (const forwarded of ['203.0.113.1', '192.0.2.66, 203.0.113.1', '203.0.113.2']) {
      await post(HIT, { 'X-Forwarded-For': forwarded });
    }
    const [first, forged, second] = http.events.map(event => event.visitor);
    expect(forged).toBe(first);
    expect(second).not.toBe(first);
  });

  test('is in no event and in no line of the log', async () => {
    await post(HIT, { 'X-Forwarded-For': '203.0.113.1' });
    await post('{', { 'X-Forwarded-For': '203.0.113.1' });
    expect(JSON.stringify([http.events, http.logged])).not.toContain('203.0.113.1');
  });
});

describe('who comes too often', () => {
  const limited = (rateLimit: { visitor: number; site: number }, trustedProxies = ['loopback']) =>
    testHttpServer(database.store, { config: { ...TEST_CONFIG, rateLimit, trustedProxies }, now: () => 1e12 });

  async function statuses(server: TestHttpServer, forwarded: (i: number) => string): Promise<number[]> {
    const answers = Array.from({ length: 15 }, (_, i) =>
      fetch(`${server.url}/collect`, {
        method: 'POST',
        body: JSON.stringify({ site_id: 'open' }),
        headers: { 'User-Agent': FIREFOX, Origin: 'https://a.example', 'X-Forwarded-For': forwarded(i) },
      }),
    );
    return (await Promise.all(answers)).map(({ status }) => status).sort();
  }
  const tenOf15 = [...Array(10).fill(204), ...Array(5).fill(429)];

  test('is told so and counted', async () => {
    const server = await limited({ visitor: 1, site: 0 });
    expect(await statuses(server, () => '203.0.113.1')).toEqual(tenOf15);
    expect(server.services.drops.take()).toMatchObject([{ site: '', reason: 'rate', events: 5 }]);
    const headers = { 'X-Forwarded-For': '203.0.113.1', Origin: 'https://a.example' };
    const response = await fetch(`${server.url}/collect`, { method: 'POST', body: 'x'.repeat(20_000), headers });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1']);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://a.example');
    expect(await response.json()).toMatchObject({ error: { code: 'rate_limited' } });
    expect(server.logged).toEqual([]);
    await server.close();
  });

  test('is told from others by the address of a trusted proxy', async () => {
    const server = await limited({ visitor: 1, site: 0 });
    expect(await statuses(server, i => `203.0.113.${i}`)).toEqual(Array(15).fill(204));
    await server.close();
  });

  test('does not escape by what it says of itself', async () => {
    const server = await limited({ visitor: 1, site: 0 }, []);
    expect(await statuses(server, i => `203.0.113.${i}`)).toEqual(tenOf15);
    await server.close();
  });

  test('may be many for one site', async () => {
    const server = await limited({ visitor: 0, site: 1 });
    expect(await statuses(server, i => `203.0.113.${i}`)).toEqual(tenOf15);
    expect(server.services.drops.take()).toMatchObject([{ site: 'open', reason: 'rate', events: 5 }]);
    expect(
      (
        await fetch(`${server.url}/collect`, {
          method: 'POST',
          body: JSON.stringify(HIT),
          headers: { 'User-Agent': FIREFOX, Origin: 'https://example.com' },
        })
      ).status,
    ).toBe(204);
    await server.close();
  });
});

test('OPTIONS is answered for any origin', async () => {
  const headers = { Origin: 'https://any.example', 'Access-Control-Request-Method': 'POST' };
  const response = await fetch(`${http.url}/muntra/collect`, { method: 'OPTIONS', headers });
  expect(response.status).toBe(204);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': 'https://any.example',
    'access-control-allow-methods': 'POST, OPTIONS',
    'access-control-allow-headers': 'Content-Type',
    'access-control-max-age': '86400',
    vary: 'Origin',
  });
});

test('GET is not for it', async () => {
  const response = await fetch(`${http.url}/collect`);
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
});

describe('what cannot be kept is refused', () => {
  test('when the buffer is full', async () => {
    const full = new MuntraError('buffer_full', 'the spool is full', 'start PostgreSQL');
    const server = await testHttpServer(database.store, { append: () => Promise.reject(full) });
    const response = await hitOpen(server);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({ error: { code: 'buffer_full' } });
    expect(server.services.drops.take()).toMatchObject([{ site: 'open', reason: 'full', events: 1 }]);
    await server.close();
  });

  test('while the sites are not known', async () => {
    const sites = { ...http.services.sites, ready: false, find: () => undefined };
    const server = await testHttpServer(database.store, { sites });
    const response = await hitOpen(server);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({ error: { code: 'not_ready' } });
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    expect(server.services.drops.take()).toEqual([]);
    await server.close();
  });

  test('while there is no salt, without telling why', async () => {
    const at = () => {
      throw new Error('ENOSPC: no space left on device');
    };
    const server = await testHttpServer(database.store, { salt: { at, close: async () => {} } });
    const response = await hitOpen(server);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { code: 'internal', message: 'internal error' } });
    expect(server.logged.join()).toContain('ENOSPC');
    await server.close();
  });
});

test('midnight: an event gets the salt of its own day', async () => {
  let now = Date.UTC(2025, 6, 1) - 1;
  const server = await testHttpServer(database.store, { now: () => now });
  await hitOpen(server);
  await hitOpen(server);
  now += 1;
  await hitOpen(server);
  const [before, same, after] = server.events;
  expect(same?.visitor).toBe(before?.visitor);
  expect(after?.visitor).not.toBe(before?.visitor);
  expect(after?.at).toBe(now);
  await server.close();
});

test('a salt that has to be fetched is waited for', async () => {
  const salt = { at: async () => 'a'.repeat(64), close: async () => {} };
  const server = await testHttpServer(database.store, { salt });
  const response = await hitOpen(server);
  expect(response.status).toBe(204);
  expect(server.events.length).toBe(1);
  await server.close();
});
