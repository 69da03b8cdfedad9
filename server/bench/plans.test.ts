import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { createRollup } from '../pipeline/rollup.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { siteName } from './history.ts';
import { type Explained, explainQuestions, plansPage } from './plans.ts';
import { seed } from './seed.ts';

const NOW = Date.parse('2026-03-31T14:20:00Z');
const site = sampleSite({ id: siteName(0) });

let db: TestStore;
let explained: Explained[];
beforeAll(async () => {
  db = await testStore();
  await seed(db.store, { events: 2_000, days: 10, sites: 1, until: Date.parse('2026-03-31') });
  const log = createLogger('silent', process.stderr);
  await createRollup({ store: db.store, interval: 0, log, now: () => NOW }).refresh();
  await seed(db.store, { events: 200, days: 1, sites: 1, until: NOW });
  await db.store.query('VACUUM ANALYZE');
  explained = await explainQuestions(db.store, site, NOW);
}, 120_000);
afterAll(() => db.drop());

const eventsRead = (plan: string): number =>
  [...plan.matchAll(/ on raw_events\S* .*rows=([\d.]+)/g)].reduce((sum, [, rows]) => sum + Number(rows), 0);

test('without filters nothing but today is read from events, whatever the range', () => {
  const plans = explained.slice(0, 3).flatMap(({ queries }) => queries.map(({ plan }) => plan));
  expect(Math.max(...plans.map(eventsRead))).toBeGreaterThan(0);
  expect(Math.max(...plans.map(eventsRead))).toBeLessThanOrEqual(200);
});

test('each question has its plans, as Markdown', () => {
  const page = plansPage(explained);
  for (const { name, queries } of explained) {
    expect(page).toContain(`### ${name}\n`);
    expect(queries.filter(({ about, plan }) => about === '' || !plan.includes('Execution Time'))).toEqual([]);
  }
  expect(Math.max(...page.split('\n').map(line => line.length))).toBeLessThan(250);
});
