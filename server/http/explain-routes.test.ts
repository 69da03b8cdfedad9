import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExplainAnswer } from '../contract/explain.ts';
import { TEST_TOKEN, type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
const VISIT = {
  site: 'mysite',
  url: 'https://example.com/a?b=1',
  userAgent: FIREFOX,
  ip: '203.0.113.7',
  origin: 'https://example.com',
};
let database: TestStore;
let http: TestHttpServer;

beforeAll(async () => {
  database = await testStore();
  http = await testHttpServer(database.store, {
    place: () => ({ country: 'SE', region: null, city: null }),
    spam: host => host === 'spam.example',
  });
  await http.services.sites.add({ id: 'mysite', origins: ['example.com'] });
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

async function ask(visit: object) {
  const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
  const response = await fetch(`${http.url}/api/explain`, { method: 'POST', headers, body: JSON.stringify(visit) });
  return { status: response.status, answer: (await response.json()) as ExplainAnswer };
}

test('what would be kept is explained to its end', async () => {
  const { answer } = await ask(VISIT);
  expect(answer).toMatchObject({ kept: true, status: 204, hint: '' });
  expect(answer.steps.map(({ name, ok, detail }) => `${name} ${ok} ${detail}`)).toEqual([
    'site true mysite is known',
    'origin true https://example.com may send events',
    'fields true can be read',
    'reader true nothing says that it is a robot',
    'browser true Firefox 133 on Linux, desktop',
    'place true SE',
    'page true /a with the query b=1',
    'referrer true none, or one of the site itself',
    expect.stringContaining('visitor true'),
  ]);
});

test.each([
  ['an unknown site', { site: 'other' }, 403, 1, 'site false unknown site'],
  ['another origin', { origin: 'https://evil.org' }, 403, 2, 'origin false origin not allowed for site'],
  ['a robot', { userAgent: 'curl/8.5' }, 204, 4, 'reader false the user agent is known as a robot'],
  ['spam', { referrer: 'https://spam.example/' }, 204, 4, 'reader false the referrer is known for spam'],
])('%s is explained up to there', async (_, change, status, steps, last) => {
  const { answer } = await ask({ ...VISIT, ...change });
  expect([answer.kept, answer.status, answer.hint === '']).toEqual([false, status, status === 204]);
  const told = answer.steps.map(({ name, ok, detail }) => `${name} ${ok} ${detail}`);
  expect([told.length, told.at(-1)]).toEqual([steps, last]);
});

test('it is what /collect does', async () => {
  for (const change of [{}, { site: 'other' }, { origin: 'https://evil.org' }, { userAgent: 'curl/8.5' }]) {
    const visit = { ...VISIT, ...change };
    const { answer } = await ask(visit);
    const before = http.events.length;
    const { status } = await fetch(`${http.url}/collect`, {
      method: 'POST',
      headers: { Origin: visit.origin, 'User-Agent': visit.userAgent },
      body: JSON.stringify({ site_id: visit.site, url: visit.url }),
    });
    expect([status, http.events.length - before]).toEqual([answer.status, answer.kept ? 1 : 0]);
  }
});

test('nothing of it is kept, counted or logged', async () => {
  http.services.drops.take();
  const before = http.events.length;
  await ask(VISIT);
  await ask({ ...VISIT, userAgent: 'curl/8.5' });
  expect([http.events.length, http.services.drops.take()]).toEqual([before, []]);
  expect(http.logged.join()).not.toContain(VISIT.ip);
});

test.each([{ ip: '' }, { ip: 'unknown' }, { site: 7 }])('%j is a 400', async change => {
  expect((await ask({ ...VISIT, ...change })).status).toBe(400);
});
