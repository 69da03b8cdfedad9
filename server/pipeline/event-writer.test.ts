import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../store/migrate.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { storeEvents } from '../testing/store-events.ts';
import { claimEvents } from './event-writer.ts';

let db: TestStore;
beforeEach(async () => {
  db = await testStore();
});
afterEach(() => db.drop());

test('the second to claim waits for the first, and learns whose events it comes after', async () => {
  const first = await db.store.transaction(claimEvents);
  expect(first.before).toBeNull();
  const order: string[] = [];
  let second: Promise<unknown> | undefined;
  await db.store.transaction(async client => {
    const claim = await claimEvents(client);
    expect(claim.before).toBe(first.token);
    second = db.store.transaction(async other => {
      const { before } = await claimEvents(other);
      order.push('second');
      expect(before).toBe(claim.token);
    });
    await sleep(100);
    order.push('first');
  });
  await second;
  expect(order).toEqual(['first', 'second']);
});

test('a claim that is rolled back leaves no token', async () => {
  const kept = await db.store.transaction(claimEvents);
  await db.store
    .transaction(async client => {
      await claimEvents(client);
      throw new Error('undone');
    })
    .catch(() => {});
  expect((await db.store.transaction(claimEvents)).before).toBe(kept.token);
});

test('an instance that starts in the middle of a flush comes into no deadlock with it', async () => {
  let started: Promise<unknown> | undefined;
  await db.store.transaction(async client => {
    await claimEvents(client);
    started = migrate(db.store);
    await sleep(200);
    await storeEvents(client, [sampleEvent()]);
  });
  await started;
});
