import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImportedEvent } from '../contract/transfer.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { createImporter, type Importer } from './import.ts';

const SITE = sampleSite();
const sites = { ready: true, find: (id: string) => (id === SITE.id ? SITE : undefined) };

let db: TestStore;
let importer: Importer;
beforeEach(async () => {
  db = await testStore();
  importer = createImporter(db.store, sites);
});
afterEach(() => db.drop());

function line(number: number, given: Partial<ImportedEvent> = {}): string {
  const event: ImportedEvent = {
    created_at: Date.UTC(2025, 0, number),
    site_id: 'mysite',
    visitor_hash: `visitor ${number}`,
    url_path: `/${number}`,
    ...given,
  };
  return JSON.stringify(event);
}

async function paths(): Promise<string[]> {
  const rows = await db.store.query<{ url_path: string }>('SELECT url_path FROM raw_events ORDER BY created_at');
  return rows.map(({ url_path }) => url_path);
}

describe('lines of a source', () => {
  test('are stored with their visits, and their days are marked', async () => {
    expect(await importer.position('a')).toBe(0);
    const lines = [line(1), line(1, { event_name: 'signup', event_data: { plan: 'pro' } }), line(2)];
    expect(await importer.add({ source: 'a', line: 0, lines })).toEqual({ line: 3, events: 3, refused: [] });
    expect(await importer.position('a')).toBe(3);
    const counts = `SELECT count(*)::int AS events, count(DISTINCT session_hash)::int AS visits,
      (SELECT count(DISTINCT day)::int FROM dirty_windows) AS days FROM raw_events`;
    expect(await db.store.query(counts)).toEqual([{ events: 3, visits: 2, days: 2 }]);
  });

  test('are stored once, however often and by however many they are sent', async () => {
    const first = { source: 'a', line: 0, lines: [line(1), line(2)] };
    expect(await importer.add({ source: 'a', line: 5, lines: [line(9)] })).toEqual({ line: 0, events: 0, refused: [] });
    const answers = await Promise.all([first, first, first].map(lines => importer.add(lines)));
    expect(answers.map(({ line }) => line)).toEqual([2, 2, 2]);
    expect(answers.map(({ events }) => events).sort()).toEqual([0, 0, 2]);
    expect(await importer.add({ source: 'a', line: 5, lines: [line(9)] })).toEqual({ line: 2, events: 0, refused: [] });
    await importer.add({ source: 'a', line: 2, lines: [line(3)] });
    await importer.add({ source: 'b', line: 0, lines: [line(4)] });
    expect(await paths()).toEqual(['/1', '/2', '/3', '/4']);
  });

  test('have no referrer where a link of the site itself led from page to page', async () => {
    const own = sampleSite({ origins: ['www.example.com', '*.example.org'] });
    importer = createImporter(db.store, { ready: true, find: () => own });
    const referrers = ['https://example.com/a', 'https://shop.example.org/a', 'https://other.org/a'];
    const lines = referrers.map((referrer, i) => line(i + 1, { referrer }));
    lines.push(line(4, { referrer_domain: 'example.com', referrer_path: '/a' }));
    await importer.add({ source: 'a', line: 0, lines });
    const sql = 'SELECT referrer_domain AS domain, referrer_path AS path FROM raw_events ORDER BY created_at';
    expect(await db.store.query(sql)).toEqual([
      { domain: null, path: null },
      { domain: null, path: null },
      { domain: 'other.org', path: '/a' },
      { domain: 'example.com', path: '/a' },
    ]);
  });

  test('that are no events are told by number, and passed over', async () => {
    const lines = [line(1), 'nonsense', '', line(2, { site_id: '$(no)' }), line(3)];
    const { line: next, events, refused } = await importer.add({ source: 'a', line: 0, lines });
    expect([next, events]).toEqual([5, 2]);
    expect(refused).toEqual([
      { line: 2, reason: 'the line is not a JSON object' },
      { line: 4, reason: 'site_id cannot be the name of a site' },
    ]);
  });

  test('of a site that is not there yet stay to be imported', async () => {
    const late = { find: (id: string) => (id === 'late' ? undefined : SITE), ready: true };
    const early = { source: 'a', line: 0, lines: [line(1), 'nonsense', line(2, { site_id: 'late' })] };
    await expect(createImporter(db.store, late).add(early)).rejects.toMatchObject({
      code: 'unknown_site',
      message: 'line 3 is of the unknown site "late"',
    });
    const blind = createImporter(db.store, { find: () => undefined, ready: false });
    await expect(blind.add(early)).rejects.toMatchObject({ code: 'not_ready' });
    expect(await importer.position('a')).toBe(0);
    expect(await createImporter(db.store, { ...late, find: () => SITE }).add(early)).toMatchObject({
      line: 3,
      events: 2,
    });
  });

  test('of days whose events were dropped are told', async () => {
    await db.store.query("INSERT INTO pruned_sites VALUES ('mysite', '2025-01-03')");
    const { events, refused } = await importer.add({ source: 'a', line: 0, lines: [1, 2, 3, 4].map(n => line(n)) });
    expect([events, refused.map(({ line: number }) => number)]).toEqual([2, [1, 2]]);
    expect(refused[0]?.reason).toBe('past the retention of site mysite');
  });

  test('that PostgreSQL alone refuses are told too', async () => {
    const lines = [line(1), line(2, { pixel_ratio: 1e300 }), line(3, { event_data: JSON.parse('{"a": 1e400}') })];
    const { events, refused } = await importer.add({ source: 'a', line: 0, lines });
    expect(events + refused.length).toBe(3);
    expect((await paths()).length).toBe(events);
  });
});
