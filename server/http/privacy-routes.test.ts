import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_TOKEN, type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';

const VISITOR = {
  ip: '203.0.113.7',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0',
};
let database: TestStore;
let http: TestHttpServer;
const tokens: Record<string, string> = { owner: TEST_TOKEN };

beforeAll(async () => {
  database = await testStore();
  http = await testHttpServer(database.store);
  for (const id of ['blog', 'shop']) await http.services.sites.add({ id });
  const make = async (name: string, access: 'read' | 'admin', sites: string[] | null): Promise<void> => {
    tokens[name] = (await http.services.tokens.create({ name, access, sites })).token;
  };
  await make('reader', 'read', null);
  await make('blogger', 'admin', ['blog']);
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

async function ask(token: string, method: string, path: string, body?: object): Promise<Response> {
  const headers = { Authorization: `Bearer ${tokens[token]}` };
  return fetch(`${http.url}/api/${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

test.each([
  ['owner', 'forget', 200],
  ['owner', 'sites/shop/forget', 200],
  ['blogger', 'sites/blog/forget', 200],
  ['blogger', 'sites/shop/forget', 403],
  ['blogger', 'forget', 403],
  ['reader', 'sites/blog/forget', 403],
  ['owner', 'sites/other/forget', 404],
])('%s asks for %s: %i', async (token, path, status) => {
  expect((await ask(token, 'POST', path, VISITOR)).status).toBe(status);
});

test.each([
  ['no address', { userAgent: VISITOR.userAgent }],
  ['no address but nearly', { ...VISITOR, ip: '203.0.113.7.1' }],
  ['a list of agents', { ...VISITOR, userAgent: ['a'] }],
])('%s is a 400 that does not repeat the address', async (_, body) => {
  const response = await ask('owner', 'POST', 'forget', body);
  expect(response.status).toBe(400);
  expect(await response.text()).not.toContain('203.0.113.7');
  expect(http.logged.join('')).not.toContain('203.0.113');
});

test('a parameter of the URL is no address', async () => {
  const query = new URLSearchParams(VISITOR);
  expect((await ask('owner', 'POST', `forget?${query}`, {})).status).toBe(400);
});
