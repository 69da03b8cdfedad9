import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Event } from '../ingest/event.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { storeEvents } from './batch.ts';

const MIDNIGHT = Date.UTC(2025, 10, 30);
const MINUTE = 60_000;
const VISITORS = ['0123456789abcdef0123456789abcdef', '0123456789abffff0123456789abcdef'] as const;

let db: TestStore;
beforeAll(async () => {
  db = await testStore();
});
afterAll(() => db.drop());
beforeEach(() => db.store.query('TRUNCATE raw_events, dirty_windows'));

const at = (minutes: number, overrides: Partial<Event> = {}): Event =>
  sampleEvent({ at: MIDNIGHT + minutes * MINUTE, visitor: VISITORS[0], ...overrides });

const store = (...events: Event[]): Promise<void> => db.store.transaction(client => storeEvents(client, events));

interface Row {
  site: string;
  visitor: string;
  at: number;
  visit: string;
}

const rows = (): Promise<Row[]> =>
  db.store.query(`SELECT site_id AS site, visitor_hash AS visitor, session_hash AS visit,
    (extract(epoch FROM created_at) * 1000)::float8 AS at FROM raw_events ORDER BY created_at, id`);

/** Minutes of each visit's events, visits in order of their begin. */
async function visits(): Promise<number[][]> {
  const found = new Map<string, number[]>();
  for (const { at, visit } of await rows()) found.set(visit, [...(found.get(visit) ?? []), (at - MIDNIGHT) / MINUTE]);
  return [...found.values()];
}

describe('a visit', () => {
  test('ends after more than 30 minutes', async () => {
    await store(at(0), at(30), at(60), at(90 + 1 / MINUTE));
    expect(await visits()).toEqual([[0, 30, 60], [90 + 1 / MINUTE]]);
  });

  test('goes on in a later batch', async () => {
    await store(at(0));
    await store(at(30));
    await store(at(61), at(61));
    expect(await visits()).toEqual([
      [0, 30],
      [61, 61],
    ]);
  });

  test('ends at midnight UTC', async () => {
    await store(at(-10), at(-5));
    await store(at(0), at(5));
    expect(await visits()).toEqual([
      [-10, -5],
      [0, 5],
    ]);
  });

  test('belongs to one visitor on one site', async () => {
    await store(at(0), at(1, { visitor: VISITORS[1] }), at(2, { site: 'other' }));
    expect(await visits()).toEqual([[0], [1], [2]]);
  });

  test('is joined with the next by a late event between them', async () => {
    await store(at(0), at(50));
    expect(await visits()).toEqual([[0], [50]]);
    await store(at(25));
    expect(await visits()).toEqual([[0, 25, 50]]);
  });

  test('is named by its first event, however late that comes', async () => {
    await store(at(100));
    const [before] = await rows();
    await store(at(90));
    const after = await rows();
    expect(new Set(after.map(({ visit }) => visit)).size).toBe(1);
    expect(after[0]?.visit).not.toBe(before?.visit);
    expect(after[0]?.visit).toBe(`0123456789ab-${((MIDNIGHT + 90 * MINUTE) / 1000).toString(16)}`);
  });

  test('is not cut by an event that comes late within it', async () => {
    await store(at(0), at(20), at(40));
    await store(at(10), at(50));
    expect(await visits()).toEqual([[0, 10, 20, 40, 50]]);
  });
});

/** Times cluster around the pauses and midnights where visits begin and end. */
const time = fc
  .tuple(fc.integer({ min: -3, max: 50 }), fc.constantFrom(0, 0, 1, -1, 500, 999, 1000, 10 * MINUTE))
  .map(([halfHours, more]) => MIDNIGHT + halfHours * 30 * MINUTE + more);
const event = fc.record({ at: time, site: fc.constantFrom('a', 'b'), visitor: fc.constantFrom(...VISITORS) });
const history = fc.array(fc.array(event, { maxLength: 6 }), { maxLength: 8 });

test('visits are those of all events in order, whatever order and batches they came in', async () => {
  await fc.assert(
    fc.asyncProperty(history, async batches => {
      await db.store.query('TRUNCATE raw_events, dirty_windows');
      for (const batch of batches) await store(...batch.map(event => sampleEvent(event)));
      const stored = await rows();
      expect(stored).toHaveLength(batches.flat().length);
      expect(stored.map(({ visit }) => visit)).toEqual(reference(stored));
    }),
    { numRuns: 150 },
  );
});

/** Visits by walking over each visitor's day, rows sorted by time. */
function reference(sorted: Row[]): string[] {
  const last = new Map<string, { at: number; visit: string }>();
  return sorted.map(({ site, visitor, at }) => {
    const key = `${site} ${visitor} ${new Date(at).toISOString().slice(0, 10)}`;
    const before = last.get(key);
    const goesOn = before !== undefined && at - before.at <= 30 * MINUTE;
    const visit = goesOn ? before.visit : `${visitor.slice(0, 12)}-${Math.floor(at / 1000).toString(16)}`;
    last.set(key, { at, visit });
    return visit;
  });
}
