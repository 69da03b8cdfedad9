import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Event } from '../ingest/event.ts';
import { amount } from '../testing/long.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { storeEvents } from '../testing/store-events.ts';

const MIDNIGHT = Date.UTC(2025, 10, 30);
const MINUTE = 60_000;
const VISITORS = ['0123456789abcdef0123456789abcdef', '0123456789abffff0123456789abcdef'] as const;

let db: TestStore;
/** As many as instances: each has its own module, and so its own memory. */
const writers: (typeof storeEvents)[] = [storeEvents];
beforeAll(async () => {
  db = await testStore();
  vi.resetModules();
  writers.push((await import('../testing/store-events.ts')).storeEvents);
});
afterAll(() => db.drop());

let scenes = 0;
let site = '';
beforeEach(() => {
  site = `scene-${++scenes}`;
});

const at = (minutes: number, overrides: Partial<Event> = {}): Event =>
  sampleEvent({ at: MIDNIGHT + minutes * MINUTE, visitor: VISITORS[0], site, ...overrides });

const store = (...events: Event[]): Promise<void> => db.store.transaction(client => storeEvents(client, events));

interface Row {
  site: string;
  visitor: string;
  at: number;
  visit: string;
}

const rows = (): Promise<Row[]> =>
  db.store.query(
    `SELECT site_id AS site, visitor_hash AS visitor, session_hash AS visit,
    (extract(epoch FROM created_at) * 1000)::float8 AS at FROM raw_events WHERE site_id LIKE $1 ORDER BY created_at, id`,
    [`${site}%`],
  );

/** Minutes of each visit's events, visits in order of their begin. */
async function visits(): Promise<number[][]> {
  const found = new Map<string, number[]>();
  for (const { at, visit } of await rows()) found.set(visit, [...(found.get(visit) ?? []), (at - MIDNIGHT) / MINUTE]);
  return [...found.values()];
}

describe('a visit', () => {
  test('is of one visitor, also where another program named the visitors with what begins alike', async () => {
    const [one, other] = ['1234567890123-one', '1234567890123-other'];
    await store(at(0, { visitor: one }));
    await store(at(20, { visitor: other }));
    await store(at(40, { visitor: other }));
    await store(at(45, { visitor: one }));
    expect(
      (await rows()).map(({ visitor, visit }) => [visitor, Number.parseInt(visit.split('-')[1] ?? '', 16)]),
    ).toEqual([
      [one, MIDNIGHT / 1000],
      [other, MIDNIGHT / 1000 + 20 * 60],
      [other, MIDNIGHT / 1000 + 20 * 60],
      [one, MIDNIGHT / 1000 + 45 * 60],
    ]);
  });

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
    await store(at(0), at(1, { visitor: VISITORS[1] }), at(2, { site: `${site}-other` }));
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

  test('of a program that named it otherwise gets its name when the visitor goes on', async () => {
    const insert = `INSERT INTO raw_events (site_id, visitor_hash, session_hash, event_name, url_path, created_at)
      SELECT $1, $2, $2, 'pageview', '/', to_timestamp($3 + minutes * 60) FROM unnest($4::float8[]) AS minutes`;
    await db.store.query(insert, [site, VISITORS[0], MIDNIGHT / 1000, [0, 20, 60, 70]]);
    await store(at(80));
    expect(await visits()).toEqual([
      [0, 20],
      [60, 70, 80],
    ]);
  });

  test('goes on under the name that a late event gave it', async () => {
    await store(at(100));
    await store(at(90));
    await store(at(110));
    expect(await visits()).toEqual([[90, 100, 110]]);
  });

  test('is joined by an event that comes late in its first second', async () => {
    await store(at(0), at(30 + 500 / MINUTE));
    expect(await visits()).toHaveLength(2);
    await store(at(30));
    expect(await visits()).toHaveLength(1);
  });

  test('is not cut by an event that comes late within it', async () => {
    await store(at(0), at(20), at(40));
    await store(at(10), at(50));
    expect(await visits()).toEqual([[0, 10, 20, 40, 50]]);
  });
});

/** Times cluster around the pauses and midnights where visits begin and end. */
const time = fc
  .tuple(fc.integer({ min: -2, max: 6 }), fc.constantFrom(0, 0, 1, -1, 500, 999, 1000, 10 * MINUTE))
  .map(([halfHours, more]) => MIDNIGHT + halfHours * 30 * MINUTE + more);
const event = fc.record({ at: time, site: fc.constantFrom('a', 'b'), visitor: fc.constantFrom(...VISITORS) });
const batch = fc.record({
  events: fc.array(event, { maxLength: 6 }),
  writer: fc.nat(1),
  outcome: fc.constantFrom('commit', 'commit', 'commit', 'rollback'),
});

test('visits are those of all events in order, whatever order, batches and instances they came by', {
  timeout: amount(60_000, 900_000),
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 10 }), async batches => {
      site = `scene-${++scenes}`;
      for (const { events, writer, outcome } of batches) {
        const work = db.store.transaction(async client => {
          const given = events.map(event => sampleEvent({ ...event, site: `${site}-${event.site}` }));
          await writers[writer]?.(client, given);
          if (outcome === 'rollback') throw new Error(outcome);
        });
        await work.catch(error => expect(error.message).toBe('rollback'));
      }
      const kept = batches.filter(({ outcome }) => outcome === 'commit').flatMap(({ events }) => events);
      const stored = await rows();
      expect(stored).toHaveLength(kept.length);
      expect(stored.map(({ visit }) => visit)).toEqual(reference(stored));
    }),
    { numRuns: amount(100, 5000) },
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
