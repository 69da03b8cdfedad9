/**
 * Exactly once through kill -9: a real process appends numbered events to a spool and flushes them into the test's
 * PostgreSQL, and dies at random moments; its successor opens the same spool.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { amount } from '../testing/long.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { openProcesses, type Process, type Processes, until } from '../testing/processes.ts';

const ROUNDS = amount(8, 100);
/** More than a round can append. */
const ROUND = 100_000;

let db: TestStore;
let processes: Processes;
beforeEach(async () => {
  db = await testStore();
  processes = openProcesses();
});
afterEach(async () => {
  await processes.close();
  await db.drop();
});

/** Says `kept <last number>` after each acknowledged append of a handful, and `empty` once nothing more is to come. */
const PROGRAM = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { openSpool } from '${import.meta.dirname}/../buffer/spool.ts';
  import { createLogger } from '${import.meta.dirname}/../log.ts';
  import { encodeEvent } from '${import.meta.dirname}/../ingest/event.ts';
  import { sampleEvent } from '${import.meta.dirname}/../testing/sample-event.ts';
  import { openStore } from '${import.meta.dirname}/../store/postgres.ts';
  import { createFlusher } from '${import.meta.dirname}/flush.ts';
  const { dir, connection, first, count } = JSON.parse(process.argv[1]);
  const log = createLogger('warn', process.stdout);
  const spool = await openSpool({ dir, maxBytes: 2 ** 28, sync: 'second', log });
  const store = openStore(connection, { log });
  const drops = { take: () => [] };
  const flusher = createFlusher({ store, buffers: [spool], drops, batchSize: 25, interval: 1, log, now: Date.now });
  flusher.start();
  for (let next = first; next < first + count; ) {
    const numbers = Array.from({ length: 1 + (next % 20) }, () => next++);
    await Promise.all(numbers.map(number => spool.append(encodeEvent(sampleEvent({
      path: String(number),
      visitor: String(Math.floor(number / 5)).padStart(32, '0'),
      at: Date.UTC(2025, 10, 30) + number,
    })))));
    console.log('kept', numbers.at(-1));
    await sleep(3);
  }
  await flusher.flush();
  console.log('empty');
  await flusher.stop();
  await spool.close();
  await store.close();
`;

test('every event that was acknowledged is stored exactly once', { timeout: ROUNDS * 8_000 }, async () => {
  const dir = processes.dir('spool');
  const start = (first: number, count: number): Process => {
    const given = JSON.stringify({ dir, connection: db.connection, first, count });
    const assets = `${import.meta.dirname}/../../cli/executable/register.ts`;
    return processes.start(process.execPath, ['--import', assets, '--input-type=module', '-e', PROGRAM, given]);
  };

  const acknowledged: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const first = round * ROUND;
    const child = start(first, ROUND);
    await until('the first append', () => child.output().includes('kept') || !child.running);
    await sleep(Math.random() * 500);
    await child.kill();
    const last = Number([...child.output().matchAll(/^kept (\d+)$/gm)].at(-1)?.[1]);
    for (let number = first; number <= last; number++) acknowledged.push(number);
  }
  expect((await storedNumbers()).length).toBeGreaterThan(0);
  const end = start(ROUNDS * ROUND, 0);
  expect(await end.exited).toBe(0);
  expect(end.output()).toContain('empty');

  const numbers = await storedNumbers();
  const stored = new Set(numbers);
  expect(numbers).toHaveLength(stored.size);
  expect(acknowledged.filter(number => !stored.has(number))).toEqual([]);
  // What was stored without being acknowledged is at most what was on its way when a round ended.
  expect(stored.size - acknowledged.length).toBeLessThanOrEqual(ROUNDS * 20);
});

async function storedNumbers(): Promise<number[]> {
  const rows = await db.store.query<{ number: number }>('SELECT url_path::int AS number FROM raw_events');
  return rows.map(({ number }) => number);
}
