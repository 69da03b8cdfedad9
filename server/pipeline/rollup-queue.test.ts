/** What waits may be more than the server's small heap holds, as after the take-over of many sites. */
import { afterEach, expect, test } from 'vitest';
import { startMuntra } from '../testing/muntra.ts';
import { openProcesses, type Processes, until } from '../testing/processes.ts';

const DAYS = 200_000;

let processes: Processes;
afterEach(() => processes.close());

test('however many days are marked, they are rolled up one after the other', async () => {
  processes = openProcesses();
  const muntra = await startMuntra(processes);
  await muntra.rows(
    "INSERT INTO dirty_windows (site_id, day) SELECT 'site-of-many-' || n, '2026-03-20' FROM generate_series(1, $1) n",
    [DAYS],
  );
  const rolledUp = muntra.api('POST', '/api/rollup').catch(String);
  await until('days', async () => {
    const [row] = await muntra.rows('SELECT count(*)::int AS marks FROM dirty_windows', []);
    return Number(row?.marks) < DAYS - 100;
  });
  expect(muntra.running).toBe(true);
  await muntra.stop();
  await rolledUp;
});
