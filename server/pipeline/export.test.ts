import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EVENT_COLUMNS, type Event } from '../ingest/event.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { insertRows } from '../testing/raw-rows.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { storeEvents } from '../testing/store-events.ts';
import { exportEvents } from './export.ts';
import { createImporter } from './import.ts';

const ALL = { from: 0, to: Date.UTC(2100, 0) };
const NOON = Date.UTC(2025, 10, 30, 12);
const find = (id: string) => sampleSite({ id });

let db: TestStore;
let copy: TestStore;
beforeEach(async () => {
  [db, copy] = await Promise.all([testStore(), testStore()]);
});
afterEach(async () => {
  await db.drop();
  await copy.drop();
});

async function lines(site: string, range = ALL): Promise<string[]> {
  const pages = await Array.fromAsync(exportEvents(db.store, site, range));
  return pages.join('').split('\n').slice(0, -1);
}

const rows = ({ store }: TestStore) =>
  store.query(`SELECT ${Object.values(EVENT_COLUMNS)}, session_hash FROM raw_events ORDER BY created_at, id`);

/** Text as `/collect` lets it through. */
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).map(given => given.replaceAll('\0', ''));
const optional = fc.option(text.filter(given => given !== ''));
const event: fc.Arbitrary<Event> = fc.record({
  ...Object.fromEntries(Object.keys(EVENT_COLUMNS).map(field => [field, optional])),
  at: fc.integer({ min: -5, max: 100 }).map(quarters => NOON + quarters * 900_000),
  site: fc.constant('mysite'),
  visitor: fc.constantFrom('0123456789abcdef0123456789abcdef', 'fedcba9876543210fedcba9876543210'),
  name: fc.oneof(
    fc.constantFrom('pageview', 'engagement'),
    text.filter(given => given !== ''),
  ),
  path: text,
  pixelRatio: fc.option(fc.integer({ min: 1, max: 9000 }).map(thousandths => thousandths / 1000)),
  data: fc.option(
    fc.dictionary(text, fc.oneof(text, fc.integer(), fc.constant(null))).map(data => JSON.stringify(data)),
  ),
}) as fc.Arbitrary<Event>;

test('an export, imported elsewhere, makes the same rows', async () => {
  const importer = createImporter(copy.store, { find, ready: true });
  let source = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 12 }), async events => {
      await Promise.all([db, copy].map(({ store }) => store.query('TRUNCATE raw_events')));
      await db.store.transaction(client => storeEvents(client, events));
      const { refused } = await importer.add({ source: `${++source}`, line: 0, lines: await lines('mysite') });
      expect(refused).toEqual([]);
      expect(await rows(copy)).toEqual(await rows(db));
    }),
    { numRuns: 50 },
  );
});

describe('an export', () => {
  test('has the events of one site and range, in order of time', async () => {
    const given = [30, 10, 20, 40].map(minute => sampleEvent({ at: NOON + minute, path: `/${minute}` }));
    await db.store.transaction(client =>
      storeEvents(client, [...given, sampleEvent({ at: NOON + 15, site: 'other' })]),
    );
    const paths = (await lines('mysite', { from: NOON + 10, to: NOON + 40 })).map(line => JSON.parse(line).url_path);
    expect(paths).toEqual(['/10', '/20', '/30']);
    expect(await lines('none')).toEqual([]);
  });

  test('has each event once where pages meet, times are equal, and finer than ours', async () => {
    const sql = `INSERT INTO raw_events (site_id, visitor_hash, session_hash, event_name, url_path, created_at)
      SELECT 'mysite', 'v', 'v', 'pageview', '/' || n, '2025-11-30T12:00:00Z'::timestamptz + n / 1500 * interval '1 microsecond'
      FROM generate_series(1, 5000) n`;
    await insertRows(db.store, [{ at: NOON, url_path: '/0', site_id: 'mysite' }]);
    await db.store.query(sql);
    const paths = (await lines('mysite')).map(line => JSON.parse(line).url_path);
    expect(paths).toEqual(Array.from({ length: 5001 }, (_, n) => `/${n}`));
  });
});
