import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { type Doubts, openDoubts } from './doubts.ts';
import type { Batch } from './redis-log.ts';

const log = createLogger('silent', process.stdout);
let dir = '';
let doubts: Doubts;
const reopen = async () => {
  await doubts.close();
  doubts = await openDoubts(dir, 'second', log);
};
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-doubts-'));
  doubts = await openDoubts(dir, 'second', log);
});
afterEach(async () => {
  await doubts.close();
  await rm(dir, { recursive: true });
});

const batch = (name: string, ...payloads: string[]): Batch => ({ writer: 'abc', name, payloads });
const settle = async (shard: number): Promise<Batch[]> => {
  const settled: Batch[] = [];
  await doubts.settle(shard, async found => void settled.push(found));
  return settled;
};

test('batches come out as they went in, also after a restart, and only once', async () => {
  const batches = [batch('1', 'a b', '["c"]'), batch('2', '', '\u0000'), batch('3', ...Array(2500).fill('x'))];
  for (const given of batches) await doubts.keep(0, given);
  await reopen();
  expect(doubts.waiting(0)).toBe(2504);
  expect(await settle(0)).toEqual(batches);
  expect(doubts.waiting(0)).toBe(0);
  expect(await settle(0)).toEqual([]);
  await reopen();
  expect(await settle(0)).toEqual([]);
});

test('a shard that is away holds up no other', async () => {
  await doubts.keep(1, batch('1', 'a'));
  await doubts.keep(0, batch('1', 'b'));
  await doubts.keep(0, batch('2', 'c'));
  await expect(doubts.settle(1, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await settle(0)).toEqual([batch('1', 'b'), batch('2', 'c')]);
  expect(await settle(0)).toEqual([]);
  expect(await settle(1)).toEqual([batch('1', 'a')]);
  await reopen();
  expect(await settle(0)).toEqual([]);
});

test('what failed comes again, after what did not', async () => {
  for (const name of ['1', '2', '3']) await doubts.keep(0, batch(name, name));
  const seen: string[] = [];
  const failing = doubts.settle(0, async ({ name }) => {
    if (name === '2') throw new Error('away');
    seen.push(name);
  });
  await expect(failing).rejects.toThrow('away');
  expect((await settle(0)).map(({ name }) => name)).toEqual(['2', '3']);
  expect(seen).toEqual(['1']);
});
