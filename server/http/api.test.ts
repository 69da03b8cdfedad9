import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FleetAnswer } from '../contract/stats.ts';
import type { Event } from '../ingest/event.ts';
import { createLogger } from '../log.ts';
import { openStore } from '../store/postgres.ts';
import { TEST_CONFIG, TEST_TOKEN, type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { storeEvents } from '../testing/store-events.ts';

let database: TestStore;
let http: TestHttpServer;

beforeAll(async () => {
  database = await testStore();
  http = await testHttpServer(database.store);
});
beforeEach(async () => {
  await database.store.query('TRUNCATE sites, site_origins, raw_events, drops_daily');
  await http.services.sites.refresh();
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

async function ask(method: string, path: string, body?: unknown, token = TEST_TOKEN) {
  const response = await fetch(http.url + path, {
    method,
    headers: { Authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, answer: await response.json(), headers: response.headers };
}

const error = (code: string) => ({
  error: { code, message: expect.any(String), hint: expect.any(String) },
});

describe('the token', () => {
  test.each([
    ['none', {}],
    ['a wrong one', { Authorization: 'Bearer wrong' }],
    ['one that begins like it', { Authorization: `Bearer ${TEST_TOKEN}x` }],
    ['another scheme', { Authorization: `Basic ${TEST_TOKEN}` }],
    ['an empty one', { Authorization: 'Bearer ' }],
  ])('%s', async (_, headers) => {
    for (const path of ['/api/sites', '/api/nothing', '/muntra/api/stats']) {
      const response = await fetch(http.url + path, { headers });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await response.json()).toEqual(error('unauthorized'));
    }
  });

  test('is not asked for its case of scheme', async () => {
    const response = await fetch(`${http.url}/api/sites`, { headers: { Authorization: `bearer ${TEST_TOKEN}` } });
    expect(response.status).toBe(200);
  });

  test('an empty setting lets nobody in', async () => {
    const closed = await testHttpServer(database.store, { config: { ...TEST_CONFIG, dashboardToken: '' } });
    for (const Authorization of ['Bearer ', 'Bearer', 'Bearer x']) {
      expect((await fetch(`${closed.url}/api/sites`, { headers: { Authorization } })).status).toBe(401);
    }
    await closed.close();
  });
});

describe('sites', () => {
  test('may be called as another path ends', async () => {
    expect((await ask('POST', '/api/sites', { id: 'health' })).status).toBe(200);
    expect((await ask('GET', '/muntra/api/sites/health')).answer).toMatchObject({ id: 'health', origins: [] });
  });

  test('from adding to removing', async () => {
    const added = await ask('POST', '/api/sites', {
      id: 'mysite',
      origins: ['Example.com'],
      timezone: 'Europe/Stockholm',
    });
    const site = {
      id: 'mysite',
      origins: ['example.com'],
      timezone: 'Europe/Stockholm',
      retention: null,
      declared: 'store',
      created: expect.any(Number),
    };
    expect(added).toMatchObject({ status: 200, answer: site });
    expect(added.headers.get('cache-control')).toBe('no-store');
    expect(await ask('GET', '/muntra/api/sites')).toMatchObject({ answer: [site] });
    expect(await ask('GET', '/api/sites/mysite')).toMatchObject({ answer: { ...site, drops: [] } });
    expect((await ask('PATCH', '/api/sites/mysite', { timezone: '' })).status).toBe(400);
    expect(await ask('PATCH', '/api/sites/mysite', { timezone: 'UTC' })).toMatchObject({
      answer: { ...site, timezone: 'UTC' },
    });
    expect(await ask('PATCH', '/api/sites/mysite', { retention: 90 })).toMatchObject({
      answer: { timezone: 'UTC', retention: 90 },
    });
    expect(await ask('PATCH', '/api/sites/mysite', { timezone: 'Europe/Stockholm', retention: null })).toMatchObject({
      answer: site,
    });
    expect(await ask('POST', '/api/sites/mysite/origins', { origin: '*.example.com' })).toMatchObject({
      answer: { origins: ['*.example.com', 'example.com'] },
    });
    expect(await ask('DELETE', '/api/sites/mysite/origins', { origin: 'example.com' })).toMatchObject({
      answer: { origins: ['*.example.com'] },
    });
    expect(await ask('GET', '/api/sites/mysite/origins')).toMatchObject({ answer: { origins: ['*.example.com'] } });
    expect(await ask('DELETE', '/api/sites/mysite')).toMatchObject({ answer: { removed: 'mysite', events: 0 } });
    expect(await ask('GET', '/api/sites')).toMatchObject({ answer: [] });
  });

  test('may be called as parts of a path are', async () => {
    for (const id of ['api', 'sites', 'origins', 'stats', '...', '-_.']) {
      expect(await ask('POST', '/api/sites', { id })).toMatchObject({ status: 200 });
      expect(await ask('GET', `/api/sites/${id}`)).toMatchObject({
        status: 200,
        answer: { id },
      });
      expect(await ask('GET', `/api/sites/${id}/origins`)).toMatchObject({ status: 200, answer: { origins: [] } });
    }
  });

  test('are not taken for the server when they are called `api`', async () => {
    await ask('POST', '/api/sites', { id: 'api' });
    http.services.drops.count('api', 'bot');
    http.services.drops.count('', 'unknown_site');
    await http.services.flusher.flush();
    const day = new Date().toISOString().slice(0, 10);
    for (const path of ['/api/sites/api/drops', '/muntra/api/sites/api/drops']) {
      const { answer } = await ask('GET', path);
      expect(answer).toEqual({ days: [{ day, reasons: { bot: 1 } }], bots: [] });
    }
    const all = await ask('GET', '/muntra/api/drops');
    expect(all).toMatchObject({ answer: { days: [{ day, reasons: { bot: 1, unknown_site: 1 } }] } });
    const { token } = await http.services.tokens.create({ name: 'anna', access: 'admin', sites: ['api'] });
    const visitor = { ip: '192.0.2.1', userAgent: 'x' };
    expect((await ask('POST', '/api/sites/api/forget', visitor, token)).status).toBe(200);
    expect((await ask('POST', '/api/forget', visitor, token)).status).toBe(403);
  });

  test('tell what was turned away', async () => {
    await ask('POST', '/api/sites', { id: 'mysite' });
    http.services.drops.count('mysite', 'bot');
    http.services.drops.count('mysite', 'bot');
    http.services.drops.count('mysite', 'malformed');
    await http.services.flusher.flush();
    const day = new Date().toISOString().slice(0, 10);
    expect(await ask('GET', '/api/sites/mysite')).toMatchObject({
      answer: { drops: [{ day, reasons: { bot: 2, malformed: 1 } }] },
    });
    http.services.drops.count('', 'unknown_site');
    expect(await http.services.dropHistory.today()).toEqual({ bot: 2, malformed: 1, unknown_site: 1 });
  });

  test.each([
    ['POST', '/api/sites', {}, 400, 'bad_request'],
    ['POST', '/api/sites', { id: 7 }, 400, 'bad_request'],
    ['POST', '/api/sites', { id: 'my site' }, 400, 'bad_request'],
    ['POST', '/api/sites', { id: 'a', origins: 'example.com' }, 400, 'bad_request'],
    ['POST', '/api/sites', { id: 'a', origins: [7] }, 400, 'bad_request'],
    ['POST', '/api/sites', { id: 'a', timezone: 'Mars' }, 400, 'bad_request'],
    ['POST', '/api/sites', { id: 'a', retention: '90d' }, 400, 'bad_request'],
    ['POST', '/api/sites', { id: 'a', retention: 1.5 }, 400, 'bad_request'],
    ['POST', '/api/sites', '{', 400, 'bad_json'],
    ['POST', '/api/sites', '[]', 400, 'bad_json'],
    ['POST', '/api/sites', `"${'x'.repeat(70_000)}"`, 413, 'too_large'],
    ['GET', '/api/sites/other', undefined, 404, 'not_found'],
    ['PATCH', '/api/sites/other', {}, 404, 'not_found'],
    ['DELETE', '/api/sites/other', undefined, 404, 'not_found'],
    ['GET', '/api/sites/other/origins', undefined, 404, 'not_found'],
    ['POST', '/api/sites/other/origins', { origin: 'a.example' }, 404, 'not_found'],
    ['PUT', '/api/sites', {}, 405, 'method_not_allowed'],
    ['GET', '/api/flush', undefined, 405, 'method_not_allowed'],
    ['GET', '/api/nothing', undefined, 404, 'not_found'],
    ['GET', '/api/sites/%00', undefined, 404, 'not_found'],
  ])('%s %s %j is a %d', async (method, path, body, status, code) => {
    expect(await ask(method, path, body)).toMatchObject({ status, answer: error(code) });
  });

  test('are not added twice', async () => {
    await ask('POST', '/api/sites', { id: 'mysite' });
    expect(await ask('POST', '/api/sites', { id: 'mysite' })).toMatchObject({
      status: 409,
      answer: error('site_exists'),
    });
  });
});

describe('questions', () => {
  const NOW = Date.now();
  const event = (at: number, path: string, name = 'pageview'): Event => sampleEvent({ at, path, name });

  beforeEach(async () => {
    await ask('POST', '/api/sites', { id: 'mysite' });
    const events = [event(NOW - 2000, '/a'), event(NOW - 1000, '/b'), event(NOW - 500, '/b', 'signup')];
    await database.store.transaction(client => storeEvents(client, events));
  });

  test('are answered', async () => {
    const stats = await ask('GET', '/api/stats?site=mysite');
    expect(stats).toMatchObject({ status: 200, answer: { pageviews: { value: 2, prev: 0 }, visitors: { value: 1 } } });
    const series = await ask('GET', '/muntra/api/timeseries?site=mysite&unit=hour');
    expect(series.answer).toMatchObject({ unit: 'hour', points: expect.any(Array) });
    // A question mark needs no escape within a query.
    const asked = await ask('GET', '/api/stats?site=mysite&filter=event:is:?&from=1&to=0');
    expect(asked.status).toBe(400);
    const pages = await ask('GET', '/api/breakdown?site=mysite&by=url&limit=1');
    expect(pages.answer).toEqual([{ x: '/b', y: 2, visitors: 1 }]);
    expect((await ask('GET', '/api/live?site=mysite')).answer).toMatchObject({
      active: 1,
      last: [{ url: '/b' }, { url: '/a' }],
    });
    const filtered = await ask('GET', '/api/stats?site=mysite&filter=url:is:%2Fa');
    expect(filtered.answer).toMatchObject({ pageviews: { value: 1 } });
    const ranged = await ask('GET', `/api/stats?site=mysite&from=${NOW - 1500}&to=${NOW - 500}`);
    expect(ranged.answer).toMatchObject({ pageviews: { value: 1, prev: 1 } });
  });

  test('about all sites, each in its own time zone', async () => {
    await ask('POST', '/api/sites', { id: 'asia', timezone: 'Asia/Tokyo' });
    const answer = (await ask('GET', '/muntra/api/fleet?period=7d')).answer as FleetAnswer;
    expect(answer).toMatchObject([
      { site: 'mysite', timezone: 'UTC', stats: { pageviews: { value: 2, prev: 0 } }, timeseries: { unit: 'day' } },
      { site: 'asia', timezone: 'Asia/Tokyo', stats: { pageviews: { value: 0 } } },
    ]);
    expect(answer.map(({ from }) => new Date(from).toISOString().slice(11, 16))).toEqual(['00:00', '15:00']);
    expect(answer.map(({ timeseries }) => timeseries.points.length)).toEqual([7, 7]);
    const given = await ask('GET', '/api/fleet?from=2025-11-01&to=2025-11-02&filter=url:is:%2Fa');
    expect(given.answer).toMatchObject([
      { site: 'asia', from: Date.parse('2025-10-31T15:00Z'), to: Date.parse('2025-11-02T15:00Z') },
      { site: 'mysite', from: Date.parse('2025-11-01T00:00Z'), to: Date.parse('2025-11-03T00:00Z') },
    ]);
    expect((await ask('GET', '/api/fleet/live')).answer).toEqual({
      at: expect.any(Number),
      active: 1,
      sites: [
        { site: 'mysite', active: 1, visitors: { value: 1, prev: 0 }, pageviews: { value: 2, prev: 0 } },
        { site: 'asia', active: 0, visitors: { value: 0, prev: 0 }, pageviews: { value: 0, prev: 0 } },
      ],
    });
  });

  test('to HEAD with the headers of GET', async () => {
    const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
    const response = await fetch(`${http.url}/api/sites/mysite/origins`, { method: 'HEAD', headers });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '14', '']);
  });

  test.each([
    'stats?from=0&to=10413792000000',
    'stats?from=10413791999999&to=10413792000000',
    'timeseries?unit=month&from=0&to=10413792000000',
    'breakdown?by=entry&from=0&to=10413792000000',
  ])('about all times there are: %s', async path => {
    expect(await ask('GET', `/api/${path}&site=mysite`)).toMatchObject({ status: 200 });
  });

  test.each([
    ['/api/stats', 'bad_request'],
    ['/api/stats?site=other', 'unknown_site'],
    ['/api/stats?site=mysite&from=x', 'bad_request'],
    ['/api/timeseries?site=mysite&unit=week', 'bad_request'],
    ['/api/breakdown?site=mysite', 'bad_request'],
    ['/api/breakdown?site=mysite&by=url&limit=10001', 'bad_request'],
    ['/api/live?site=mysite&filter=x', 'bad_request'],
    ['/api/fleet?period=1y', 'bad_request'],
    ['/api/fleet?from=monday', 'bad_request'],
    ['/api/fleet?to=2025-11-01', 'bad_request'],
    ['/api/fleet?from=0001-01-01', 'bad_request'],
    ['/api/fleet?from=2025-01-01&to=9999-01-01', 'bad_request'],
    ['/api/fleet?from=2025-11-02&to=2025-11-01', 'bad_request'],
    ['/api/fleet/live?filter=x', 'bad_request'],
  ])('%s is a 400', async (path, code) => {
    expect(await ask('GET', path)).toMatchObject({ status: 400, answer: error(code) });
  });

  test('wait for nothing while the store is away', async () => {
    const log = createLogger('silent', process.stderr);
    const away = openStore({ host: '127.0.0.1', port: 1 }, { log });
    const server = await testHttpServer(away, { sites: http.services.sites });
    const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
    const response = await fetch(`${server.url}/api/stats?site=mysite`, { headers });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toEqual(error('store_unavailable'));
    await server.close();
    await away.close();
  });

  test('flush', async () => {
    const flushed = await ask('POST', '/api/flush');
    expect(flushed).toMatchObject({ status: 200, answer: { events: 0, rejected: 0, waiting: 0 } });
  });

  test('what fails inside is logged and not told', async () => {
    const response = await ask('GET', '/api/system');
    expect(response).toMatchObject({ status: 500, answer: { error: { code: 'internal', message: 'internal error' } } });
    expect(http.logged.join()).toContain('the system has no answer in this test');
  });
});
