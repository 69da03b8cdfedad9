/** The best of many sorted lists, none of them read to its end: exact for lists of any shape, some of them months. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../store/postgres.ts';
import { amount } from '../testing/long.ts';
import { testStore } from '../testing/postgres.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { createStats } from './stats.ts';

let store: Store;
let drop: () => Promise<void>;
let sites = 0;

beforeAll(async () => {
  ({ store, drop } = await testStore());
});
afterAll(() => drop());

interface Entry {
  /** From 2026-01-30: a month between two parts of months. */
  day: number;
  value: string;
  views: number;
  visitors: number;
}

const FIRST = Date.parse('2026-01-30');
const DAY = 86_400_000;
const DAYS = 36;
const VALUES = 25;

const entry: fc.Arbitrary<Entry> = fc.record({
  day: fc.nat({ max: DAYS - 1 }),
  value: fc.nat({ max: VALUES - 1 }).map(value => `/${value}`),
  views: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 200 })),
  visitors: fc.integer({ min: 1, max: 5 }),
});
const entries = fc.uniqueArray(entry, { maxLength: 400, selector: ({ day, value }) => `${day} ${value}`, size: 'max' });

test('the best values are those of a plain sum', { timeout: amount(60_000, 1_800_000) }, async () => {
  const property = fc.asyncProperty(entries, fc.integer({ min: 1, max: VALUES }), fc.boolean(), check);
  await fc.assert(property, { numRuns: amount(150, 5_000) });
});

async function check(lists: Entry[], limit: number, february: boolean): Promise<void> {
  const site = sampleSite({ id: `site-${++sites}` });
  const json = JSON.stringify(lists.map(entry => ({ ...entry, day: new Date(FIRST + entry.day * DAY).toISOString() })));
  await store.query(
    `INSERT INTO breakdowns_daily (site_id, dimension, day, value, views, visitors)
     SELECT $1, 'url', day, value, views, visitors FROM json_populate_recordset(NULL::breakdowns_daily, $2)`,
    [site.id, json],
  );
  await store.query(
    `INSERT INTO sessions_daily
     SELECT DISTINCT $1, day, 0, 0, 0, 0, 0, 0 FROM json_populate_recordset(NULL::breakdowns_daily, $2)`,
    [site.id, json],
  );
  if (february) await addFebruary(site.id);

  const answer = await createStats(store).breakdown(site, 'url', { from: FIRST, to: FIRST + DAYS * DAY }, limit, []);
  expect(answer).toEqual(plainSum(lists).slice(0, limit));
}

async function addFebruary(site: string): Promise<void> {
  await store.query(
    `INSERT INTO breakdowns_monthly (site_id, dimension, month, value, views, visitors)
     SELECT site_id, dimension, '2026-02-01', value, sum(views), sum(visitors) FROM breakdowns_daily
     WHERE site_id = $1 AND day >= '2026-02-01' AND day < '2026-03-01' GROUP BY site_id, dimension, value`,
    [site],
  );
  await store.query("INSERT INTO rolled_months VALUES ($1, '2026-02-01')", [site]);
}

function plainSum(lists: Entry[]): { x: string; y: number; visitors: number }[] {
  const sums = new Map<string, { x: string; y: number; visitors: number }>();
  for (const { value, views, visitors } of lists) {
    const sum = sums.get(value) ?? { x: value, y: 0, visitors: 0 };
    sums.set(value, { x: value, y: sum.y + views, visitors: sum.visitors + visitors });
  }
  return [...sums.values()].sort((a, b) => b.y - a.y || (a.x < b.x ? -1 : 1));
}
