import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../store/postgres.ts';
import { testStore } from '../testing/postgres.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { storeEvents } from '../testing/store-events.ts';
import { DIMENSION_SQL } from './dimensions.ts';

let store: Store;
let drop: () => Promise<void>;

beforeAll(async () => {
  ({ store, drop } = await testStore());
  await store.transaction(client => storeEvents(client, [sampleEvent()]));
});
afterAll(() => drop());

// Otherwise no index serves their comparison: a week's entry pages took 4 s instead of 7 ms.
test.each(Object.entries(DIMENSION_SQL))('%s has the collation of its rollups', async (_, { value }) => {
  const rows = await store.query(`SELECT pg_collation_for(${value}) AS collation FROM raw_events`);
  expect(rows).toEqual([{ collation: '"default"' }]);
});
