/** The description is held to the routes, to the contract, and to the answers of the real program. */

import openapi from 'muntra:openapi';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DROP_REASONS } from '../../contract/site.ts';
import { BREAKDOWN_LIMIT, DIMENSIONS, FILTER_OPS, PERIODS, UNITS } from '../../contract/stats.ts';
import { ERRORS } from '../../errors.ts';
import { EVENT_COLUMNS } from '../../ingest/event.ts';
import { testHttpServer } from '../../testing/http.ts';
import { type Muntra, startMuntra } from '../../testing/muntra.ts';
import { testStore } from '../../testing/postgres.ts';
import { openProcesses } from '../../testing/processes.ts';
import { apiRoutes } from '../api.ts';
import { createMeters } from '../meters.ts';
import { openPlaces } from '../router.ts';

type Schema = Record<string, unknown>;
interface Response {
  content?: Record<string, { schema?: Schema }>;
  'x-codes'?: (keyof typeof ERRORS)[];
}
interface Operation {
  operationId: string;
  parameters?: { $ref?: string; name?: string }[];
  requestBody?: Required<Pick<Response, 'content'>>;
  responses: Record<string, Response & { $ref?: string }>;
}
interface Description {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, Response>;
    parameters: Record<string, Schema>;
  };
}

const described: Description = JSON.parse(openapi);
const { schemas, responses } = described.components;
const METHODS = ['get', 'post', 'patch', 'delete', 'options'];

/** By `GET /api/stats`. */
const operations = new Map<string, Operation>(
  Object.entries(described.paths).flatMap(([path, methods]) =>
    METHODS.flatMap(method => {
      const operation = methods[method];
      return operation ? [[`${method.toUpperCase()} ${path}`, operation] as const] : [];
    }),
  ),
);

describe('routes', () => {
  test('all are described, and what is described is a route', async () => {
    const database = await testStore();
    const http = await testHttpServer(database.store);
    const places = openPlaces(http.services, createMeters()).map(({ end, methods }) => ({
      is: (path: string) => path === end,
      methods,
    }));
    const routes = apiRoutes(http.services).map(({ path, methods }) => ({
      is: (end: string) => path.test(end.replace(/\{\w+\}/, '0'.repeat(32))),
      methods,
    }));
    await http.close();
    await database.drop();

    const found = [...places, ...routes].flatMap(({ is, methods }) => {
      const paths = Object.keys(described.paths).filter(is);
      return Object.keys(methods).map(method => `${method} ${paths.join(' or ')}`);
    });
    expect(found.sort()).toEqual([...operations.keys()].sort());
  });

  test('the manual tells of each', () => {
    const manual = readFileSync(join(import.meta.dirname, '../../../docs/api.md'), 'utf8');
    const paths = Object.keys(described.paths).map(path => path.replace(/\{(\w+)\}/g, ':$1'));
    // As code: with its method before it, and its parameters or nothing behind it.
    const told = new Set([...manual.matchAll(/`(?:[A-Z]+ )?(\/[\w./:]+)(?:\?[^`]*)?`/g)].map(([, path]) => path));
    expect(paths.filter(path => !told.has(path))).toEqual([]);
  });

  test('each has an id of its own', () => {
    const ids = [...operations.values()].map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the contract', () => {
  test.each([
    ['Dimension', DIMENSIONS],
    ['FilterOp', FILTER_OPS],
    ['Unit', UNITS],
    ['Period', PERIODS],
  ])('%s', (name, values) => {
    expect(schemas[name]?.enum).toEqual(values);
  });

  test('reasons, limits and columns', () => {
    expect(schemas.Drops?.propertyNames).toEqual({ enum: DROP_REASONS });
    expect(schemas.Filter?.pattern).toContain(`(${FILTER_OPS.join('|')})`);
    const limit = operations.get('GET /api/breakdown')?.parameters?.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({ schema: { maximum: BREAKDOWN_LIMIT.max, default: BREAKDOWN_LIMIT.default } });
    const keys = [...Object.values(EVENT_COLUMNS), 'session_hash', 'url', 'referrer', 'user_agent'];
    expect(Object.keys(schemas.ImportedEvent?.properties ?? {}).sort()).toEqual(keys.sort());
  });

  test('every error code is described, with its status, or is one of the command line', () => {
    const ofCommandLine = [
      ...['usage', 'config_invalid', 'address_in_use', 'file', 'data_dir', 'already_running', 'store_start'],
      ...['server_unreachable', 'program_failed', 'unhealthy', 'not_empty', 'method_not_allowed'],
    ];
    const codes = Object.values(responses).flatMap(response => response['x-codes'] ?? []);
    expect([...codes, ...ofCommandLine].sort()).toEqual(Object.keys(ERRORS).sort());
    for (const operation of operations.values()) {
      for (const [status, response] of Object.entries(operation.responses)) {
        const statuses = resolve(response)['x-codes']?.map(code => ERRORS[code].status) ?? [];
        expect([operation.operationId, ...statuses]).toEqual([
          operation.operationId,
          ...statuses.map(() => Number(status)),
        ]);
      }
    }
  });
});

describe('the real program', () => {
  const processes = openProcesses();
  const TOKEN = 'token-of-the-tests';
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';
  const asked = new Set<string>();
  let muntra: Muntra;

  beforeAll(async () => {
    muntra = await startMuntra(processes, { env: { MUNTRA_DASHBOARD_TOKEN: TOKEN, MUNTRA_RETENTION: '30d' } });
  });
  afterAll(() => processes.close());

  /** Asks under a prefix, as behind a proxy, and holds request and answer to their description. */
  async function ask(name: string, target = '', body?: unknown, headers: Record<string, string> = {}) {
    const [method = '', template = ''] = name.split(' ', 2);
    const operation = operations.get(name);
    if (!operation) throw new Error(`${name} is not described`);
    const url = new URL(`http://127.0.0.1:${muntra.port}/muntra${target || template}`);
    const names = (operation.parameters ?? []).map(parameter => resolve(parameter).name);
    expect(names).toEqual(expect.arrayContaining([...url.searchParams.keys()]));

    const answer = await fetch(url, {
      method,
      headers: { Authorization: `Bearer ${TOKEN}`, 'User-Agent': FIREFOX, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const response = resolve(operation.responses[answer.status] ?? {});
    const type = (answer.headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
    const text = await answer.text();
    expect([name, answer.status, type]).toEqual([name, answer.status, text && Object.keys(response.content ?? {})[0]]);
    if (answer.ok) {
      asked.add(name);
      if (typeof body === 'object') conform(operation.requestBody?.content['application/json']?.schema, body);
    }
    if (type !== 'application/json') return { status: answer.status, value: text };
    const value = JSON.parse(text);
    conform(response.content?.[type]?.schema, value);
    if (!answer.ok) expect(response['x-codes']).toContain(value.error?.code ?? 'no code');
    return { status: answer.status, value };
  }

  test('answers as it is described, whatever it is asked', async () => {
    await ask('GET /api/openapi.json', '', undefined, { Authorization: '' });
    for (const path of ['/health', '/ready', '/metrics', '/script.js']) await ask(`GET ${path}`);

    await ask('POST /api/sites', '', { id: 'mysite', origins: ['example.com'], timezone: 'Europe/Stockholm' });
    await ask('PATCH /api/sites/{id}', '/api/sites/mysite', { origins: ['example.com', 'example.org'] });
    await ask('POST /api/sites/{id}/origins', '/api/sites/mysite/origins', { origin: '*.example.net' });
    await ask('DELETE /api/sites/{id}/origins', '/api/sites/mysite/origins', { origin: 'example.org' });
    await ask('GET /api/sites/{id}/origins', '/api/sites/mysite/origins');
    await ask('GET /api/sites');

    const page = {
      site_id: 'mysite',
      url: 'https://example.com/shop?utm_source=mail',
      language: 'sv-SE',
      screen: '1920x1080',
    };
    const origin = { Origin: 'https://example.com' };
    await ask('OPTIONS /collect', '', undefined, origin);
    await ask('POST /collect', '', page, origin);
    await ask('POST /collect', '', { ...page, name: 'signup', data: { plan: 'pro' }, pixel_ratio: 2 }, origin);
    expect((await ask('POST /collect', '', page, { Origin: 'https://example.org' })).status).toBe(403);
    expect((await ask('POST /collect', '', '{')).status).toBe(400);
    expect((await ask('POST /collect', '', ' '.repeat(9000))).status).toBe(413);
    expect((await ask('GET /api/sites/{id}', '/api/sites/mysite')).value.drops).toHaveLength(1);

    const stats = await ask('GET /api/stats', '/api/stats?site=mysite&from=1&to=1750000000000&filter=url:is:/');
    expect(stats.value.pageviews).toEqual({ value: 0, prev: 0 });
    expect(
      (await ask('GET /api/timeseries', '/api/timeseries?site=mysite&unit=hour')).value.points.length,
    ).toBeGreaterThan(700);
    expect((await ask('GET /api/breakdown', '/api/breakdown?site=mysite&by=url&limit=5')).value).toHaveLength(1);
    expect(
      (await ask('GET /api/breakdown', '/api/breakdown?site=mysite&by=prop:plan&event=signup')).value,
    ).toHaveLength(1);
    const now = await ask('GET /api/live', '/api/live?site=mysite&filter=browser:is:Firefox');
    expect(now.value).toMatchObject({ active: 1, last: [{ url: '/shop' }] });
    expect((await ask('GET /api/fleet', '/api/fleet?period=7d')).value).toHaveLength(1);
    await ask('GET /api/fleet', '/api/fleet?from=2025-11-01&to=2025-11-30&filter=browser:is:Firefox');
    await ask('GET /api/fleet/live');
    expect((await ask('GET /api/stats', '/api/stats?site=other')).value.error.code).toBe('unknown_site');
    expect((await ask('GET /api/live', '/api/live?site=mysite', undefined, { Authorization: '' })).status).toBe(401);
    await ask('GET /api/drops', '/api/drops?limit=5');
    expect((await ask('GET /api/sites/{id}/drops', '/api/sites/mysite/drops')).value.days).toHaveLength(1);

    const line = JSON.stringify({
      created_at: 1_262_304_000_000,
      site_id: 'mysite',
      visitor_hash: 'someone',
      url: '/',
    });
    const imported = await ask('POST /api/import', '/api/import?source=old&line=0', `${line}\n{}\n`);
    expect(imported.value).toMatchObject({ line: 2, events: 1, refused: [{ line: 2 }] });
    await ask('GET /api/import', '/api/import?source=old');
    const lines = (await ask('GET /api/export', '/api/export?site=mysite')).value.trim().split('\n');
    expect(lines).toHaveLength(3);
    for (const each of lines) conform(schemas.ImportedEvent, JSON.parse(each));
    await ask('POST /api/backup');

    await ask('POST /api/tokens', '', { name: 'reader', access: 'read', sites: ['mysite'] });
    expect((await ask('POST /api/tokens', '', { name: 'reader' })).value.error.code).toBe('token_exists');
    expect((await ask('GET /api/tokens')).value).toHaveLength(1);
    await ask('DELETE /api/tokens/{name}', '/api/tokens/reader');
    expect((await ask('DELETE /api/tokens/{name}', '/api/tokens/reader')).status).toBe(404);

    await ask('POST /api/explain', '', {
      site: 'mysite',
      url: page.url,
      userAgent: FIREFOX,
      ip: '203.0.113.1',
      origin: '',
    });
    const visitor = { ip: '203.0.113.1', userAgent: FIREFOX };
    await ask('POST /api/forget', '', visitor);
    await ask('POST /api/sites/{id}/forget', '/api/sites/mysite/forget', visitor);
    await ask('GET /api/privacy');
    const { value: canary } = await ask('POST /api/canary');
    await ask('GET /api/canary/{id}', `/api/canary/${canary.id}`);
    await ask('POST /collect', '', JSON.stringify({ site_id: canary.site, name: canary.id, from: '203.0.113.1' }));
    expect((await ask('GET /api/canary/{id}', `/api/canary/${canary.id}`)).value.stored).toBe(true);

    await ask('POST /api/flush');
    expect((await ask('POST /api/rollup', '/api/rollup?rebuild=true')).value.days).toBeGreaterThan(0);
    expect((await ask('GET /api/prune')).value.sites).toHaveLength(1);
    await ask('POST /api/prune');
    await ask('GET /api/usage');
    expect((await ask('GET /api/system')).value.lastBackup).toMatchObject({ events: 3 });
    await ask('DELETE /api/sites/{id}', '/api/sites/mysite');

    expect([...asked].sort()).toEqual([...operations.keys()].sort());
  });
});

/** What a `$ref` of the document stands for. */
function resolve<Part extends { $ref?: string }>(part: Part): Part {
  const [, kind, name = ''] = /^#\/components\/(responses|parameters)\/(\w+)$/.exec(part.$ref ?? '') ?? [];
  return kind === undefined ? part : (described.components[kind as 'responses' | 'parameters'][name] as Part);
}

/** Nothing may be missing, and nothing be there that is not described. */
function conform(schema: Schema | undefined, value: unknown): void {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const check = ajv.compile(closed({ ...schema, components: described.components }));
  check(value);
  expect({ value, errors: check.errors }).toEqual({ value, errors: null });
}

/** Objects with known properties have no others. */
function closed(schema: unknown): Schema {
  return JSON.parse(JSON.stringify(schema), (_, part) =>
    part?.properties && part.type !== undefined ? { ...part, unevaluatedProperties: false } : part,
  );
}
