/** A real process writes to Redis, with the spool as its refuge, and is killed while Redis is stalled, dead or well. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { openProcesses, type Processes, until } from '../testing/processes.ts';
import { openServices } from '../testing/redis.ts';
import { type Service, startRedis } from '../testing/service.ts';
import { numbers, startWriter } from '../testing/writer.ts';
import { drain, texts } from './conformance.ts';

let dir = '';
let processes: Processes;
let server: Service;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-redis-'));
  processes = openProcesses();
  server = await startRedis(processes, '1gb');
});
afterEach(async () => {
  await processes.close();
  await rm(dir, { recursive: true });
});

const fates = [
  async () => pause(Math.random() * 100),
  async () => {
    server.process.signal('SIGSTOP');
    await pause(Math.random() * 1500);
  },
  async () => {
    server.process.signal('SIGSTOP');
    await pause(1100);
  },
  async () => {
    await server.process.kill();
    await pause(Math.random() * 100);
  },
];

test('all that was acknowledged is in Redis or in the spool, once', { timeout: 60_000 }, async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 5; round++) {
    const writer = startWriter({
      module: new URL('../testing/redis.ts', import.meta.url),
      open: 'openServices',
      options: { url: server.url, dir },
      first: round * 1_000_000,
    });
    await until('the first append', () => writer.told('kept').length > 0);
    await fates[round % fates.length]?.();
    await writer.kill();
    server.process.signal('SIGCONT');
    if (!server.process.running) await server.restart();
    acknowledged.push(...writer.told('kept'));
    expect(writer.told('buffer_unavailable')).toEqual([]);
  }
  const log = createLogger('silent', process.stdout);
  const { intake, close } = await openServices({ url: server.url, dir, log });
  await until('Redis', () => intake.redisUp === true);
  const read: string[] = [];
  for (const buffer of intake.buffers) read.push(...numbers(texts(await drain(buffer, 1000))));
  await close();
  const found = new Set(read);
  expect(found.size).toBe(read.length);
  expect(acknowledged.filter(number => !found.has(number))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(300);
});
