/**
 * Whatever comes in, in whatever order, and whatever is rolled up and kept meanwhile: every answer is the one that a plain
 * reading of all rows of `raw_events` gives.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DIMENSIONS, FILTER_OPS, type Filter, type Grouping, UNITS } from '../contract/stats.ts';
import { ENGAGEMENT, type Event } from '../ingest/event.ts';
import { cleanJson, cleanText } from '../ingest/text.ts';
import { createLogger } from '../log.ts';
import { keepList } from '../pipeline/kept-lists.ts';
import { createRollup } from '../pipeline/rollup.ts';
import { asRollup } from '../pipeline/rollup-day.ts';
import type { Store } from '../store/postgres.ts';
import { amount } from '../testing/long.ts';
import { plainBreakdown, plainStats, plainTimeseries, readRows } from '../testing/plain-answers.ts';
import { testStore } from '../testing/postgres.ts';
import { EMPTY_EVENT } from '../testing/sample-event.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { storeEvents } from '../testing/store-events.ts';
import type { PartialList } from './breakdown.ts';
import { createStats, type Range } from './stats.ts';

let store: Store;
let drop: () => Promise<void>;
let sites = 0;

beforeAll(async () => {
  ({ store, drop } = await testStore());
});
afterAll(() => drop());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Midnights in UTC of days on which clocks change somewhere, and of a new month and year. */
const DAYS = [
  '2026-03-29',
  '2026-10-25',
  '2026-03-08',
  '2026-11-01',
  '2026-04-05',
  '2026-09-06',
  '2026-01-01',
  '2024-02-29',
];
const ZONES = [
  'UTC',
  'Europe/Stockholm',
  'America/New_York',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Pacific/Apia',
];

const some = <T>(...values: T[]) => fc.constantFrom<T[]>(...values);
const visitor = some('0', '7', '8', 'f').map(digit => digit.repeat(32));
/** As a browser may send them: the NUL and half an emoji go on the way in, as in /collect. */
const path = some('/', '/a', '/ä/😀', '/a?', "/it's", '/\0a', '\0', '/\ud83d', '');
const name = fc.oneof({ weight: 5, arbitrary: fc.constant('pageview') }, some(ENGAGEMENT, 'signup', 'buy'));
const value = some('x', 'y', 'Y', 'å', '', null);

const event = fc.record({
  /** Minutes after the first day's midnight: mostly close together, else anywhere. */
  minutes: fc.oneof(
    fc.integer({ min: 1380, max: 1500 }),
    some(0, 1439, 1440, 1470, 2880),
    fc.integer({ min: 0, max: 9 * 1440 }),
  ),
  /** Milliseconds, to the first and last of a minute. */
  more: some(0, 0, 1, 30_000, 59_999),
  visitor,
  name,
  path,
  referrerDomain: value,
  country: value,
  browser: value,
  screen: value,
  utmSource: value,
  data: some(
    null,
    '{"plan":"pro"}',
    '{"plan":"free","n":1.5}',
    '{"plan":true,"n":null}',
    '{"plan":"p\\u0000ro","n":"😀"}',
    '{"plan":"","it\'s":"$1"}',
    '[]',
  ),
});

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ store: fc.array(event, { minLength: 1, maxLength: 15 }) }) },
  { weight: 2, arbitrary: fc.record({ rollUp: some('marked', 'all') }) },
  { weight: 1, arbitrary: fc.record({ move: some(...ZONES) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const filter: fc.Arbitrary<Filter> = fc.record({
  dimension: some(...DIMENSIONS),
  op: some(...FILTER_OPS),
  value: some('', 'x', 'Y', '/', '/a', '😀', 'signup', '%', "'"),
});

/** Minutes after the first day's midnight; borders that rollups have, and others. */
const border = fc.oneof(
  fc.integer({ min: -2, max: 11 }).map(days => days * 1440),
  fc.integer({ min: -24, max: 240 }).map(hours => hours * 60),
  fc.integer({ min: -5, max: 950 }).map(quarters => quarters * 15),
  fc.integer({ min: 1300, max: 1600 }),
);

const question = fc.record({
  borders: fc.oneof(
    { weight: 4, arbitrary: fc.uniqueArray(border, { minLength: 2, maxLength: 2 }) },
    some([-45 * 1440, 45 * 1440]),
  ),
  offBy: some(0, 0, 0, 1, -1),
  by: fc.oneof(
    some<Grouping>(...DIMENSIONS),
    some<Grouping>(...['plan', 'n', "it's"].map(property => ({ event: 'signup', property }))),
    some<Grouping>({ event: 'buy', property: 'n' }, { event: 'pageview', property: 'plan' }),
  ),
  limit: some(1, 2, 3, 100),
  unit: some(...UNITS),
  filters: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Filter[]>([]) },
    fc.array(filter, { minLength: 1, maxLength: 2 }),
  ),
});

const situation = fc.record({
  first: some(...DAYS),
  zone: some(...ZONES),
  /** Days from the first to the present one. */
  present: fc.oneof(fc.integer({ min: 0, max: 12 }), some(32, 33)),
  /** Whether other sites have many events in between, so that ours are taken for many and read by halves. */
  busy: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  /** After lists were kept. */
  more: fc.array(step, { maxLength: 2 }),
  questions: fc.array(question, { minLength: 3, maxLength: 6 }),
});

test('answers are those of a plain reading of raw_events', { timeout: amount(300_000, 7_200_000) }, async () => {
  await fc.assert(fc.asyncProperty(situation, check), { numRuns: amount(200, 5_000) });
});

const GIVE_MANY_IDS = "SELECT setval('raw_events_id_seq', nextval('raw_events_id_seq') + 1000000)";
const MARK_ALL =
  'INSERT INTO dirty_windows (site_id, day) SELECT DISTINCT site_id, created_at::date FROM raw_events WHERE site_id = $1';

async function check({
  first,
  zone,
  present,
  busy,
  steps,
  more,
  questions,
}: typeof situation extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  const start = Date.parse(first);
  const site = sampleSite({ id: `site-${++sites}`, timezone: zone });
  await store.query('INSERT INTO sites (site_id, timezone) VALUES ($1, $2)', [site.id, zone]);
  const rollup = createRollup({
    store,
    interval: 0,
    log: createLogger('silent', process.stderr),
    now: () => start + present * DAY,
  });
  const change = async (step: Step): Promise<void> => {
    if ('move' in step) {
      site.timezone = step.move;
      await store.query('UPDATE sites SET timezone = $2 WHERE site_id = $1', [site.id, site.timezone]);
    } else if ('rollUp' in step) {
      if (step.rollUp === 'all') await store.query(MARK_ALL, [site.id]);
      await rollup.refresh();
    } else {
      if (busy) await store.query(GIVE_MANY_IDS);
      await store.transaction(client =>
        storeEvents(
          client,
          step.store.map(given => toEvent(site.id, start, given)),
        ),
      );
    }
  };
  const partial: PartialList[] = [];
  const stats = createStats(store, { slow() {}, partial: list => partial.push(list) });

  for (const step of steps) await change(step);
  await askForLists();
  for (const list of partial) await asRollup(store, client => keepList(client, list));
  for (const step of more) await change(step);
  await askForTotals();
  await askForLists();

  async function askForTotals(): Promise<void> {
    const rows = await readRows(store, site.id);
    for (const { borders, offBy, unit, filters } of questions) {
      const range = rangeOf(start, borders, offBy);
      expect(await stats.stats(site, range, filters)).toEqual(plainStats(rows, range, filters));
      const drawn = unit === 'minute' ? { ...range, to: Math.min(range.to, range.from + 6 * HOUR) } : range;
      expect(await stats.timeseries(site, drawn, unit, filters)).toEqual(
        plainTimeseries(rows, drawn, { unit, zone: site.timezone, filters }),
      );
    }
  }

  async function askForLists(): Promise<void> {
    const rows = await readRows(store, site.id);
    for (const { borders, offBy, by, limit, filters } of questions) {
      const range = rangeOf(start, borders, offBy);
      expect(await stats.breakdown(site, by, range, limit, filters)).toEqual(
        plainBreakdown(rows, by, range, limit, filters),
      );
    }
  }
}

function rangeOf(start: number, borders: number[], offBy: number): Range {
  const [from = 0, to = 0] = borders.toSorted((a, b) => a - b).map(minutes => start + minutes * 60_000);
  return { from: from + offBy, to };
}

function toEvent(
  site: string,
  start: number,
  { minutes, more, ...given }: typeof event extends fc.Arbitrary<infer T> ? T : never,
): Event {
  const text = { path: cleanText(given.path, 800), data: given.data && cleanJson(given.data) };
  return { ...EMPTY_EVENT, ...given, ...text, site, at: start + minutes * 60_000 + more };
}
