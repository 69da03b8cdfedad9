import { mkdtempSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { epochKey, eventsKey } from '../redis-keys.ts';
import { openProcesses, type Processes, until } from '../testing/processes.ts';
import { openShard, withRedis } from '../testing/redis.ts';
import { type Service, startRedis } from '../testing/service.ts';
import { describeBuffer, drain, numbered, texts } from './conformance.ts';
import type { RedisBuffer } from './redis.ts';

let lines: string[] = [];
const log = createLogger('info', { write: line => lines.push(line) });
const messages = () => lines.map(line => JSON.parse(line).msg);

let processes: Processes;
let server: Service;
beforeAll(async () => {
  processes = openProcesses();
  server = await startRedis(processes);
});
afterAll(() => processes.close());

let shards = 0;
describeBuffer('redis', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'muntra-redis-'));
  const shard = shards++;
  return {
    open: () => openShard({ url: server.url, dir, log, shard }),
    wipe: () => withRedis(server.url, link => link.call('DEL', eventsKey(shard), epochKey(shard)).then(() => {})),
    remove: () => rm(dir, { recursive: true }),
  };
});

describe('a Redis that fails', () => {
  let dir = '';
  let shard = 0;
  let opened: RedisBuffer[] = [];
  const open = async (options: { url?: string } = {}) => {
    const buffer = await openShard({ url: server.url, dir, log, shard, ...options });
    opened.push(buffer);
    return buffer;
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'muntra-redis-'));
    shard = shards++;
    lines = [];
    opened = [];
  });
  afterEach(async () => {
    if (!server.process.running) await server.restart();
    for (const buffer of opened) await buffer.close();
    await rm(dir, { recursive: true });
  });
  const appendAll = (buffer: RedisBuffer, payloads: string[]) => Promise.all(payloads.map(text => buffer.append(text)));

  test('killed -9: nothing acknowledged is lost, no position comes twice, one line for each change', async () => {
    const buffer = await open();
    await appendAll(buffer, numbered(500));
    await server.process.kill();
    await until('the end of the connection', () => !buffer.up);
    await expect(buffer.append('refused')).rejects.toMatchObject({ code: 'buffer_unavailable' });
    await expect(buffer.read(null, 1)).rejects.toMatchObject({ code: 'buffer_unavailable' });
    await server.restart();
    await until('the buffer', () => buffer.up);
    await appendAll(buffer, ['later']);
    const entries = await drain(buffer, 200);
    expect(texts(entries)).toEqual([...numbered(500), 'later']);
    expect(new Set(entries.map(entry => entry.position)).size).toBe(501);
    expect(messages()).toEqual(['redis: does not answer, events go to the spool', 'redis: takes events again']);
  });

  test('its file lost the end: what comes later is behind all that was read', async () => {
    const buffer = await open();
    const identity = await buffer.identity();
    await appendAll(buffer, numbered(300));
    const position = (await drain(buffer, 500)).at(-1)?.position ?? '';
    const [, home] = (await withRedis(server.url, link => link.call('CONFIG', 'GET', 'dir'))) as string[];
    await server.process.kill();
    const files = join(home ?? '', 'appendonlydir');
    const file = join(files, readdirSync(files).find(name => name.endsWith('.incr.aof')) ?? '');
    truncateSync(file, statSync(file).size - 2000);
    await server.restart();
    await until('the buffer', () => buffer.up);
    expect((await drain(buffer, 500)).length).toBeLessThan(300);
    await appendAll(buffer, ['a', 'b']);
    expect(texts(await buffer.read(position, 10))).toEqual(['a', 'b']);
    expect(await buffer.identity()).toBe(identity);
  });

  test('the store knows positions of which it knows nothing: it goes on behind them', async () => {
    const buffer = await open();
    await buffer.append('before');
    const future = `${Date.now() + 86_400_000}-7`;
    await buffer.identity();
    expect(await buffer.read(future, 10)).toEqual([]);
    await buffer.append('after');
    expect(texts(await buffer.read(future, 10))).toEqual(['after']);
  });

  test.each([1200, 3500])('stopped for %i ms: what was under way is kept, and once', async stopped => {
    const buffer = await open();
    await buffer.append('before');
    server.process.signal('SIGSTOP');
    const started = performance.now();
    await appendAll(buffer, ['doubtful 1', 'doubtful 2']);
    expect(performance.now() - started).toBeLessThan(2000);
    const asked = performance.now();
    await expect(buffer.append('refused')).rejects.toMatchObject({ code: 'buffer_unavailable' });
    await expect(buffer.depth()).rejects.toMatchObject({ code: 'buffer_unavailable' });
    expect(performance.now() - asked).toBeLessThan(200);
    await pause(Math.max(0, stopped - (performance.now() - started)));
    server.process.signal('SIGCONT');
    await until('the buffer', () => buffer.up);
    await buffer.append('after');
    expect((await buffer.depth()).events).toBe(4);
    expect(texts(await drain(buffer, 10)).sort()).toEqual(['after', 'before', 'doubtful 1', 'doubtful 2']);
  });

  test('stopped, and the server killed before it goes on: the next one asks', async () => {
    const abandoned = await open();
    server.process.signal('SIGSTOP');
    await abandoned.append('doubtful');
    await abandoned.close();
    opened = [];
    server.process.signal('SIGCONT');
    const buffer = await open();
    expect(texts(await drain(buffer, 10))).toEqual(['doubtful']);
  });

  test('full: says so, and takes events again when it is trimmed', async () => {
    const small = await startRedis(processes, '4mb');
    const buffer = await open({ url: small.url });
    const payload = 'x'.repeat(4000);
    let kept = 0;
    let code = '';
    while (code === '') {
      await buffer.append(payload).then(
        () => kept++,
        error => {
          code = error.code;
        },
      );
    }
    expect(code).toBe('buffer_full');
    await expect(buffer.append(payload)).rejects.toMatchObject({ code: 'buffer_full' });
    await pause(700);
    expect(buffer.up).toBe(false);
    const entries = await drain(buffer, 100);
    expect(entries).toHaveLength(kept);
    await buffer.trim(entries.at(-1)?.position ?? '');
    await until('the buffer', () => buffer.up);
    await buffer.append(payload);
    expect(messages()).toEqual(['redis: is full, events go to the spool', 'redis: takes events again']);
    await small.process.kill();
  });

  test('forgets its scripts at any moment, under two servers: each event once, in new places', async () => {
    const buffers = [await open(), await open()];
    const kept = Promise.allSettled(
      buffers.flatMap((buffer, index) =>
        numbered(40).map(async round => {
          await pause(Number(round) * 5);
          await appendAll(buffer, [`${index} ${round} a`, `${index} ${round} b`]);
        }),
      ),
    );
    await withRedis(server.url, async link => {
      for (let flushes = 0; flushes < 20; flushes++) {
        await link.call('SCRIPT', 'FLUSH');
        await pause(10);
      }
    });
    const refused = (await kept).filter(({ status }) => status === 'rejected').length;
    const entries = await drain(buffers[0] as RedisBuffer, 50);
    expect(new Set(texts(entries)).size).toBe(entries.length);
    expect(entries.length).toBe(160 - 2 * refused);
    // On a slow day all attempts of a round may meet a flush; the spool would take its events.
    expect(refused).toBeLessThan(60);
  });

  test('lost everything while it ran: another log', async () => {
    const buffer = await open();
    await buffer.append('lost');
    const identity = await buffer.identity();
    await withRedis(server.url, link => link.call('FLUSHALL'));
    await buffer.append('kept');
    expect(await buffer.identity()).not.toBe(identity);
    expect(texts(await drain(buffer, 10))).toEqual(['kept']);
  });
});
