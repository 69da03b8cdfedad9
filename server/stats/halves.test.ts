import type { PoolClient } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../store/postgres.ts';
import { testStore } from '../testing/postgres.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { storeEvents } from '../testing/store-events.ts';
import { divide } from './halves.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TODAY = Date.parse('2026-03-20');
const today = { from: TODAY, to: TODAY + DAY };

let store: Store;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ store, drop } = await testStore());
  await add('quiet', 1);
  await add('quiet', 9);
  await add('busy', 1);
  // As if other sites had so many events in between.
  await store.query("SELECT setval('raw_events_id_seq', nextval('raw_events_id_seq') + 1000000)");
  await add('busy', 9);
});
afterAll(() => drop());

const add = (site: string, hours: number): Promise<void> =>
  store.transaction(client => storeEvents(client, [sampleEvent({ site, at: TODAY + hours * HOUR })]));

const inTransaction = <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => store.transaction(work);

const PLAN = (parts: string[]): string =>
  `EXPLAIN ${parts.map(part => `SELECT count(DISTINCT visitor_hash) FROM raw_events WHERE ${part}`).join(' UNION ALL ')}`;

test('many events are read by two processes, each visitor by one of them', async () => {
  await inTransaction(async client => {
    const parts = await divide(client, 'busy', [today]);
    expect(parts).toHaveLength(2);
    const { rows } = await client.query({ text: PLAN(parts), rowMode: 'array' });
    expect(rows.join('\n')).toContain('Workers Planned: 2');
    for (const digit of '0123456789abcdef') {
      const of = await client.query(
        `SELECT ${parts.map(part => `(${part})::int`).join(' + ')} AS parts FROM (SELECT $1::text AS visitor_hash) one`,
        [digit.repeat(32)],
      );
      expect(of.rows).toEqual([{ parts: 1 }]);
    }
  });
});

test.each([
  ['few', 'quiet', [today]],
  ['none', 'nobody', [today]],
  ['those of less than a day', 'busy', [{ from: TODAY, to: TODAY + 23 * HOUR }]],
  ['no time', 'busy', []],
])('%s are read by one', async (_, site, times) => {
  expect(await inTransaction(client => divide(client, site, times))).toEqual(['true']);
});

test('the days of several times are taken together', async () => {
  const days = [{ from: TODAY - DAY, to: TODAY }, today];
  expect(await inTransaction(client => divide(client, 'busy', days))).toHaveLength(2);
});
