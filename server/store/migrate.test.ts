import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testStore } from '../testing/postgres.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';

test('the list names every file of schema/, in order', () => {
  const files = readdirSync(join(import.meta.dirname, '../../schema')).filter(name => name.endsWith('.sql'));
  expect(MIGRATIONS.map(({ name }) => name)).toEqual(files.sort());
});

test('migrations run again without a change', async () => {
  const { store, drop } = await testStore();
  await migrate(store);
  await migrate(store);
  await drop();
});
