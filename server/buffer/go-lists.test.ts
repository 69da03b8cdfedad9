import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { decodeEvent } from '../testing/decode-event.ts';
import { openProcesses, type Processes, until } from '../testing/processes.ts';
import { openServices, withRedis } from '../testing/redis.ts';
import { type Service, startRedis } from '../testing/service.ts';
import { drain } from './conformance.ts';

const log = createLogger('silent', process.stdout);
let dir = '';
let processes: Processes;
let server: Service;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-go-'));
  processes = openProcesses();
  server = await startRedis(processes);
});
afterEach(async () => {
  await processes.close();
  await rm(dir, { recursive: true });
});

/** Oldest at the tail, as LPUSH leaves them. */
const push = (site: string, count: number) =>
  withRedis(server.url, async link => {
    for (let number = 0; number < count; number++) {
      const event = { site_id: site, visitor_hash: 'a'.repeat(32), url_path: `/${number}`, event_name: 'pageview' };
      await link.call('LPUSH', `muntra:events:${site}`, JSON.stringify(event));
    }
  });

const openMany = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, n) => openServices({ url: server.url, dir: join(dir, `${n}`), log })));

test('several servers take over what a Go Muntra left, oldest first, each event once', async () => {
  await push('a', 1200);
  await push('b', 3);
  await withRedis(server.url, link => link.call('SET', 'muntra:events:note', 'no list'));
  const opened = await openMany(2);
  const lists = () => withRedis(server.url, link => link.call('EXISTS', 'muntra:events:a', 'muntra:events:b'));
  await until('the lists to be empty', async () => (await lists()) === 0);
  const [redis] = opened[0]?.intake.buffers ?? [];
  const events = (redis ? await drain(redis, 500) : []).map(entry => decodeEvent(entry.payload.toString()));
  const paths = (site: string) => events.filter(event => event.site === site).map(event => event.path);
  expect(paths('a')).toEqual(Array.from({ length: 1200 }, (_, number) => `/${number}`));
  expect(paths('b')).toEqual(['/0', '/1', '/2']);
  for (const { close } of opened) await close();
});

test('it waits until Redis is there', { timeout: 30_000 }, async () => {
  await push('a', 2);
  await server.process.kill();
  const [opened] = await openMany(1);
  await server.restart();
  const list = () => withRedis(server.url, link => link.call('EXISTS', 'muntra:events:a'));
  await until('the list to be empty', async () => (await list()) === 0);
  await opened?.close();
});
