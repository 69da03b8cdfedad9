/** A real process writes and is killed; what it was told is kept must be there, once. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { until } from '../testing/processes.ts';
import { numbers, startWriter } from '../testing/writer.ts';
import type { Position } from './buffer.ts';
import { drain, texts } from './conformance.ts';
import { openSpool } from './spool.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-spool-'));
});
afterEach(() => rm(dir, { recursive: true }));

const options = () => ({ dir, maxBytes: 2 ** 28, sync: 'second' as const });
const open = () => openSpool({ ...options(), log: createLogger('silent', process.stdout) });
const write = (more: { first?: number; limit?: string }) =>
  startWriter({ module: new URL('./spool.ts', import.meta.url), open: 'openSpool', options: options(), ...more });

test('kill -9 at random moments: all that was acknowledged is read back, once, from positions never seen', async () => {
  const acknowledged: string[] = [];
  const read: string[] = [];
  let position: Position | null = null;
  const positions = new Set<Position>();
  for (let round = 0; round < 8; round++) {
    const writer = write({ first: round * 1_000_000 });
    await until('the first append', () => writer.told('kept').length > 0);
    await pause(Math.random() * 60);
    await writer.kill();
    acknowledged.push(...writer.told('kept'));

    const spool = await open();
    const entries = await drain(spool, 500, position);
    for (const entry of entries) positions.add(entry.position);
    read.push(...numbers(texts(entries)));
    position = entries.at(-1)?.position ?? position;
    if (position !== null && round % 2 === 0) await spool.trim(position);
    await spool.close();
  }
  expect(positions.size).toBe(read.length);
  expect(new Set(read).size).toBe(read.length);
  const found = new Set(read);
  expect(acknowledged.filter(number => !found.has(number))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(100);
});

test('a disk that fills up in the middle of a write: refused with a reason, nothing else harmed', async () => {
  const writer = write({ limit: '200' });
  await until('the end of the disk', () => writer.told('buffer_full').length > 0);
  execFileSync('prlimit', ['--pid', String(writer.pid), '--fsize=unlimited']);
  const before = writer.told('kept').length;
  await until('more appends', () => writer.told('kept').length > before + 500);
  await writer.kill();
  const spool = await open();
  const read = numbers(texts(await drain(spool, 500)));
  await spool.close();
  const found = new Set(read);
  expect(found.size).toBe(read.length);
  expect(writer.told('kept').filter(number => !found.has(number))).toEqual([]);
  expect(writer.told('buffer_full').filter(number => found.has(number))).toEqual([]);
});
