import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { openProcesses, type Processes, until } from '../testing/processes.ts';
import { openServices, withRedis } from '../testing/redis.ts';
import { type Service, startRedis } from '../testing/service.ts';
import { drain, numbered, texts } from './conformance.ts';
import type { Intake } from './intake.ts';

let lines: string[] = [];
const log = createLogger('info', { write: line => lines.push(line) });
const messages = () => lines.map(line => JSON.parse(line).msg);

let processes: Processes;
let server: Service;
let root = '';
let opened: (() => Promise<void>)[] = [];
beforeEach(async () => {
  lines = [];
  opened = [];
  root = mkdtempSync(join(tmpdir(), 'muntra-failover-'));
  processes = openProcesses();
});
afterEach(async () => {
  for (const close of opened) await close();
  await processes.close();
  await rm(root, { recursive: true });
});

async function open(options: { shards?: number; name?: string } = {}): Promise<Intake> {
  const dir = join(root, options.name ?? 'data');
  const { intake, close } = await openServices({ url: server.url, dir, log, ...options });
  opened.push(close);
  return intake;
}

const appendAll = (intake: Intake, payloads: string[]) => Promise.all(payloads.map(text => intake.append(text)));
const contents = async (intake: Intake) =>
  Promise.all(intake.buffers.map(async buffer => texts(await drain(buffer, 100)).sort()));

test('events go to Redis; while it is away to the spool; both are read', async () => {
  server = await startRedis(processes);
  const intake = await open();
  await appendAll(intake, ['a', 'b']);
  expect(intake.redisUp).toBe(true);
  await server.process.kill();
  await until('the outage', () => !intake.redisUp);
  await appendAll(intake, ['c', 'd']);
  await server.restart();
  await until('Redis', () => intake.redisUp === true);
  await appendAll(intake, ['e']);
  expect(await contents(intake)).toEqual([
    ['a', 'b', 'e'],
    ['c', 'd'],
  ]);
  expect(messages()).toEqual(['redis: does not answer, events go to the spool', 'redis: takes events again']);
});

test('it starts without Redis, and finds it later', async () => {
  server = await startRedis(processes);
  await server.process.kill();
  const started = performance.now();
  const intake = await open();
  expect(performance.now() - started).toBeLessThan(2500);
  await intake.append('a');
  await server.restart();
  await until('Redis', () => intake.redisUp === true);
  await intake.append('b');
  expect(await contents(intake)).toEqual([['b'], ['a']]);
});

test('a stalled Redis costs the events of one round its timeout, not each event', async () => {
  server = await startRedis(processes);
  const intake = await open();
  server.process.signal('SIGSTOP');
  const slow = appendAll(intake, ['doubtful']);
  await until('the refuge', () => !intake.redisUp);
  const started = performance.now();
  await appendAll(intake, numbered(200));
  expect(performance.now() - started).toBeLessThan(500);
  await slow;
  server.process.signal('SIGCONT');
  await until('Redis', () => intake.redisUp === true);
  expect(await contents(intake)).toEqual([['doubtful'], numbered(200).sort()]);
});

test('a full Redis: the spool takes over, and is drained after what came before', async () => {
  server = await startRedis(processes, '4mb');
  const intake = await open();
  const payloads = numbered(2000).map(text => text.padEnd(4000));
  for (let at = 0; at < payloads.length; at += 50) await appendAll(intake, payloads.slice(at, at + 50));
  const [kept = [], spooled = []] = await contents(intake);
  expect(kept.length).toBeGreaterThan(100);
  expect(kept).toEqual(payloads.slice(0, kept.length).sort());
  expect(spooled).toEqual(payloads.slice(kept.length).sort());
  expect(messages()).toEqual(['redis: is full, events go to the spool']);
});

test('shards share the events, and a server with fewer of them finds those of all', async () => {
  server = await startRedis(processes);
  const many = await open({ shards: 3, name: 'many' });
  await appendAll(many, numbered(30));
  const counts = (await contents(many)).map(found => found.length);
  expect(counts).toEqual([10, 10, 10, 0]);
  const one = await open({ name: 'one' });
  await until('the other shards', () => one.buffers.length === 4);
  expect((await contents(one)).flat().sort()).toEqual(numbered(30).sort());
});

test('under stops, kills, forgotten scripts and full memory, while it is drained: each event once', {
  timeout: 60_000,
}, async () => {
  server = await startRedis(processes);
  const intake = await open({ shards: 2 });
  const acknowledged: string[] = [];
  const refused: string[] = [];
  const stored: string[] = [];
  const positions = new Map<string, string>();
  let running = true;

  async function write(writer: number): Promise<void> {
    for (let number = 0; running; number++) {
      const batch = numbered(1 + (number % 7)).map(text => `${writer} ${number} ${text}`);
      await Promise.all(
        batch.map(payload =>
          intake.append(payload).then(
            () => acknowledged.push(payload),
            () => refused.push(payload),
          ),
        ),
      );
      await pause(Math.random() * 10);
    }
  }

  /** As the flush does: what is read counts as stored together with its position. */
  async function drainOnce(): Promise<number> {
    let count = 0;
    for (const buffer of intake.buffers) {
      const identity = await buffer.identity();
      const entries = await buffer.read(positions.get(identity) ?? null, 50);
      const last = entries.at(-1);
      if (!last || (await buffer.identity()) !== identity) continue;
      stored.push(...texts(entries));
      positions.set(identity, last.position);
      count += entries.length;
      if (Math.random() < 0.8) await buffer.trim(last.position);
    }
    return count;
  }

  async function drainAll(): Promise<void> {
    while (running) {
      await drainOnce().catch(() => {});
      await pause(Math.random() * 20);
    }
  }

  const faults = [
    async () => {
      server.process.signal('SIGSTOP');
      await pause(Math.random() * 2500);
      server.process.signal('SIGCONT');
    },
    async () => {
      await server.process.kill();
      await pause(Math.random() * 300);
      await server.restart();
    },
    () => withRedis(server.url, link => link.call('SCRIPT', 'FLUSH')),
    async () => {
      await withRedis(server.url, link => link.call('CONFIG', 'SET', 'maxmemory', '1'));
      await pause(Math.random() * 1000);
      await withRedis(server.url, link => link.call('CONFIG', 'SET', 'maxmemory', '0'));
    },
    async () => {
      server.process.signal('SIGSTOP');
      await pause(1200);
      await server.process.kill();
      await server.restart();
    },
  ];
  const work = [write(0), write(1), write(2), drainAll()];
  for (let round = 0; round < 5; round++) {
    await pause(Math.random() * 300);
    await faults[round % faults.length]?.();
  }
  await until('Redis', () => intake.redisUp === true);
  running = false;
  await Promise.all(work);
  // A batch in doubt is settled before its shard counts as up.
  while ((await drainOnce()) > 0) {}

  const found = new Set(stored);
  expect(stored.length).toBe(found.size);
  expect(acknowledged.filter(payload => !found.has(payload))).toEqual([]);
  expect(refused).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(1000);
});
