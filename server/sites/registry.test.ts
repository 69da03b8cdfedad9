import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLogger } from '../log.ts';
import { openStore } from '../store/postgres.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { insertRows } from '../testing/raw-rows.ts';
import { createSiteRegistry, type SiteRegistry, type SiteRegistryOptions } from './registry.ts';

const log = createLogger('silent', process.stderr);
let database: TestStore;
let dir: string;
let sites: SiteRegistry;

const flushed = () => Promise.resolve();
const registry = (options: Partial<SiteRegistryOptions> = {}) =>
  createSiteRegistry({
    store: database.store,
    config: { allowedSites: [], siteOrigins: {} },
    snapshot: join(dir, 'sites.json'),
    log,
    ...options,
  });

beforeAll(async () => {
  database = await testStore();
});
beforeEach(async () => {
  await database.store.query('TRUNCATE sites, site_origins, raw_events, drops_daily');
  dir = mkdtempSync(join(tmpdir(), 'muntra-sites-'));
  sites = registry();
});
afterEach(() => rmSync(dir, { recursive: true }));
afterAll(() => database.drop());

describe('a change', () => {
  test('adds a site', async () => {
    const before = Date.now();
    const site = await sites.add({
      id: 'mysite',
      origins: ['https://B.example', 'a.example', 'b.example'],
      timezone: 'europe/stockholm',
    });
    expect(site).toEqual({
      id: 'mysite',
      origins: ['a.example', 'b.example'],
      timezone: 'Europe/Stockholm',
      retention: null,
      declared: 'store',
      created: expect.any(Number),
    });
    expect(Math.abs(site.created - before)).toBeLessThan(60_000);
    expect(sites.find('mysite')).toEqual(site);
    expect(await sites.add({ id: 'another' })).toMatchObject({ origins: [], timezone: 'UTC' });
    expect(sites.list().map(({ id }) => id)).toEqual(['another', 'mysite']);
  });

  test('does not take a name twice', async () => {
    await sites.add({ id: 'mysite', origins: ['a.example'] });
    await expect(sites.add({ id: 'mysite', origins: ['b.example'] })).rejects.toMatchObject({ code: 'site_exists' });
    expect(sites.find('mysite')?.origins).toEqual(['a.example']);
  });

  test.each([
    [{ id: '' }],
    [{ id: 'my site' }],
    [{ id: 'x'.repeat(65) }],
    [{ id: 'a/b' }],
    [{ id: 'mysite', origins: ['a b'] }],
    [{ id: 'mysite', origins: [...Array(101).keys()].map(i => `${i}.example`) }],
    [{ id: 'mysite', timezone: 'Mars/Olympus' }],
    [{ id: 'mysite', timezone: '' }],
    [{ id: 'mysite', retention: -1 }],
    [{ id: 'mysite', retention: 0.5 }],
    [{ id: 'mysite', retention: 40_000 }],
  ])('refuses %j', async site => {
    await expect(sites.add(site)).rejects.toMatchObject({ code: 'bad_request' });
  });

  test('sets for how long events are kept, and no more of it', async () => {
    expect(await sites.add({ id: 'mysite', timezone: 'Asia/Tokyo', retention: 90 })).toMatchObject({ retention: 90 });
    expect(await sites.change('mysite', { timezone: 'UTC' })).toMatchObject({ retention: 90 });
    expect(await sites.change('mysite', { retention: 0 })).toMatchObject({ retention: 0, timezone: 'UTC' });
    expect(await sites.change('mysite', { retention: null })).toMatchObject({ retention: null });
    await expect(sites.change('mysite', { retention: 1.5 })).rejects.toMatchObject({ code: 'bad_request' });
  });

  test('sets the time zone and replaces the origins, each alone too', async () => {
    await sites.add({ id: 'mysite', origins: ['a.example', 'b.example'] });
    await sites.add({ id: 'another', origins: ['a.example'] });
    expect(await sites.change('mysite', { origins: ['b.example', 'c.example'] })).toMatchObject({
      origins: ['b.example', 'c.example'],
      timezone: 'UTC',
    });
    expect(await sites.change('mysite', { timezone: 'Asia/Tokyo' })).toMatchObject({
      origins: ['b.example', 'c.example'],
      timezone: 'Asia/Tokyo',
    });
    expect(await sites.change('mysite', { origins: [] })).toMatchObject({ origins: [], timezone: 'Asia/Tokyo' });
    expect(sites.find('another')?.origins).toEqual(['a.example']);
    await expect(sites.change('nosite', {})).rejects.toMatchObject({ code: 'not_found' });
  });

  test('adds and removes one origin', async () => {
    await sites.add({ id: 'mysite' });
    expect(await sites.addOrigin('mysite', 'https://a.example')).toMatchObject({ origins: ['a.example'] });
    expect(await sites.addOrigin('mysite', 'a.example')).toMatchObject({ origins: ['a.example'] });
    expect(await sites.addOrigin('mysite', '*.b.example')).toMatchObject({ origins: ['*.b.example', 'a.example'] });
    expect(await sites.removeOrigin('mysite', 'a.example')).toMatchObject({ origins: ['*.b.example'] });
    await expect(sites.removeOrigin('mysite', 'a.example')).rejects.toMatchObject({ code: 'not_found' });
    await expect(sites.addOrigin('nosite', 'a.example')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('removes a site with all that is stored of it, and nothing else', async () => {
    await sites.add({ id: 'mysite', origins: ['a.example'] });
    await sites.add({ id: 'another', origins: ['a.example'] });
    await database.store.query(`CREATE TABLE raw_events_2025_07 PARTITION OF raw_events
      FOR VALUES FROM ('2025-07-01') TO ('2025-08-01')`);
    for (const site of ['mysite', 'mysite', 'another']) {
      await database.store.query(
        `INSERT INTO raw_events (created_at, site_id, visitor_hash, session_hash, url_path, event_name)
         VALUES ('2025-07-01', $1, 'v', 's', '/', 'pageview')`,
        [site],
      );
    }
    await database.store.query(`INSERT INTO drops_daily VALUES ('mysite', '2025-07-01', 'bot', 1)`);
    expect(await sites.remove('mysite', flushed)).toEqual({ removed: 'mysite', events: 2 });
    expect(sites.find('mysite')).toBeUndefined();
    expect(sites.find('another')).toBeDefined();
    expect(await database.store.query('SELECT site_id FROM raw_events')).toEqual([{ site_id: 'another' }]);
    expect(await database.store.query('SELECT FROM drops_daily')).toEqual([]);
    await expect(sites.remove('mysite', flushed)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('no instance takes events of a site when its last ones are flushed and removed', async () => {
    const other = registry({ snapshot: join(dir, 'other.json') });
    await sites.add({ id: 'mysite' });
    await other.refresh();
    other.start();
    const knew: boolean[] = [];
    const flush = async () => {
      knew.push(other.find('mysite') !== undefined);
      await insertRows(database.store, [{ at: '2025-07-01', site_id: 'mysite' }]);
    };
    try {
      expect(await sites.remove('mysite', flush)).toEqual({ removed: 'mysite', events: 2 });
    } finally {
      other.stop();
    }
    expect(knew).toEqual([true, false]);
    expect(await database.store.query('SELECT FROM raw_events')).toEqual([]);
  });

  test('an interrupted removal hides the site, keeps its name, and can be repeated', async () => {
    await sites.add({ id: 'mysite' });
    await insertRows(database.store, [{ at: '2025-07-01', site_id: 'mysite' }]);
    let flushes = 0;
    const failing = async () => {
      if (++flushes === 2) throw new Error('killed');
    };
    await expect(sites.remove('mysite', failing)).rejects.toThrow('killed');
    expect(sites.list()).toEqual([]);
    const taken = { code: 'site_exists', hint: expect.stringContaining('muntra sites remove mysite') };
    await expect(sites.add({ id: 'mysite' })).rejects.toMatchObject(taken);
    expect(await sites.remove('mysite', flushed)).toEqual({ removed: 'mysite', events: 1 });
    expect(await sites.add({ id: 'mysite' })).toMatchObject({ id: 'mysite' });
  });

  test('takes effect on another instance within two seconds', async () => {
    const other = registry({ snapshot: join(dir, 'other.json') });
    await other.refresh();
    other.start();
    const eventually = async (holds: () => boolean) => {
      const deadline = Date.now() + 2000;
      while (!holds() && Date.now() < deadline) await sleep(20);
      return holds();
    };
    try {
      await sites.add({ id: 'mysite' });
      expect(await eventually(() => other.find('mysite') !== undefined)).toBe(true);
      await sites.addOrigin('mysite', 'a.example');
      expect(await eventually(() => other.find('mysite')?.origins.length === 1)).toBe(true);
      await sites.removeOrigin('mysite', 'a.example');
      expect(await eventually(() => other.find('mysite')?.origins.length === 0)).toBe(true);
    } finally {
      other.stop();
    }
  });

  test('of many at once is kept whole', async () => {
    const ids = [...Array(20).keys()].map(i => `site${i}`);
    await Promise.all(ids.map(id => sites.add({ id, origins: [`${id}.example`] })));
    expect(sites.list().map(({ id }) => id)).toEqual([...ids].sort());
    expect(sites.find('site7')?.origins).toEqual(['site7.example']);
  });
});

describe('sites of the environment', () => {
  const config = {
    allowedSites: ['mysite', 'blog'],
    siteOrigins: { blog: ['https://Blog.example'], shop: ['shop.example'] },
  };

  test('are known at once and win over those of the store', async () => {
    await sites.add({ id: 'mysite', origins: ['a.example'], retention: 90 });
    const declared = registry({ config, snapshot: join(dir, 'other.json') });
    expect(declared.ready).toBe(false);
    expect(declared.find('blog')).toEqual({
      id: 'blog',
      origins: ['blog.example'],
      timezone: 'UTC',
      retention: null,
      declared: 'environment',
      created: 0,
    });
    await declared.refresh();
    expect(declared.ready).toBe(true);
    expect(declared.list().map(({ id, origins, retention }) => [id, origins, retention])).toEqual([
      ['blog', ['blog.example'], null],
      ['mysite', [], 90],
      ['shop', ['shop.example'], null],
    ]);
  });

  test('cannot be changed', async () => {
    const declared = registry({ config });
    await declared.refresh();
    const refused = { code: 'bad_request', hint: expect.stringContaining('MUNTRA_ALLOWED_SITES') };
    await expect(declared.add({ id: 'blog' })).rejects.toMatchObject(refused);
    await expect(declared.change('blog', { origins: [] })).rejects.toMatchObject(refused);
    await expect(declared.addOrigin('blog', 'a.example')).rejects.toMatchObject(refused);
    await expect(declared.remove('blog', flushed)).rejects.toMatchObject(refused);
  });

  test.each([
    [{ allowedSites: ['my site'], siteOrigins: {} }],
    [{ allowedSites: [], siteOrigins: { mysite: ['a b'] } }],
  ])('that cannot be stop the start: %j', bad => {
    expect(() => registry({ config: bad })).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});

describe('without the store', () => {
  const away = () => openStore({ host: '127.0.0.1', port: 1 }, { log });

  test('the sites of the last run are known', async () => {
    const site = await sites.add({ id: 'mysite', origins: ['a.example'] });
    const store = away();
    const restarted = registry({ store });
    expect(restarted.ready).toBe(true);
    expect(restarted.find('mysite')).toEqual(site);
    await expect(restarted.refresh()).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(restarted.find('mysite')).toEqual(site);
    await store.close();
  });

  test('a first run is not ready', async () => {
    const store = away();
    const first = registry({ store });
    first.start();
    await sleep(50);
    expect(first.ready).toBe(false);
    expect(first.list()).toEqual([]);
    first.stop();
    await store.close();
  });

  test('a broken snapshot is as good as none, and is replaced', async () => {
    const snapshot = join(dir, 'broken.json');
    writeFileSync(snapshot, '[{"id":');
    const restarted = registry({ snapshot });
    expect(restarted.ready).toBe(false);
    await restarted.refresh();
    expect(readFileSync(snapshot, 'utf8')).toBe('[]');
  });
});

test('a fault of the store is logged once, and its end', async () => {
  const lines: string[] = [];
  const faulty = registry({ log: createLogger('info', { write: line => lines.push(line) }) });
  await database.store.query('ALTER TABLE sites RENAME TO hidden');
  faulty.start();
  await sleep(2_500);
  await database.store.query('ALTER TABLE hidden RENAME TO sites');
  await vi.waitFor(() => expect(lines).toHaveLength(2), 5_000);
  faulty.stop();
  expect(lines.map(line => JSON.parse(line).msg)).toEqual(['the sites cannot be read', 'the sites are read again']);
});
