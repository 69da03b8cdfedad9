import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRedis, type RedisLink } from './redis.ts';
import { openProcesses, type Processes, until } from './testing/processes.ts';
import { type Service, startRedis } from './testing/service.ts';

let processes: Processes;
let server: Service;
let link: RedisLink;
beforeEach(async () => {
  processes = openProcesses();
  server = await startRedis(processes);
  link = openRedis(server.url);
  await link.connected();
});
afterEach(async () => {
  link.close();
  await processes.close();
});

test('an error tells what Redis said and whether it did it, and nothing of what it was asked', async () => {
  const refused = await link.call('SET', 'key', 'secret', 'NONSENSE').catch((error: unknown) => error);
  expect(refused).toMatchObject({ done: 'nothing', reply: expect.stringContaining('syntax error') });
  server.process.signal('SIGSTOP');
  const silent = await link.call('SET', 'key', 'secret').catch((error: unknown) => error);
  expect(silent).toMatchObject({ done: 'unknown', reply: '' });
  await server.process.kill();
  await until('the loss', () => !link.ready);
  const away = await link.call('SET', 'key', 'secret').catch((error: unknown) => error);
  expect(away).toMatchObject({ done: 'nothing', reply: '' });
  for (const error of [refused, silent, away]) expect(JSON.stringify([error, String(error)])).not.toContain('secret');
});

test('a question that one connection left open does not end the next one', async () => {
  server.process.signal('SIGSTOP');
  const asked = performance.now();
  await expect(link.call('PING')).rejects.toMatchObject({ done: 'unknown' });
  await server.process.kill();
  await server.restart();
  await until('the connection', () => link.ready);
  let lost = 0;
  link.onLoss(() => lost++);
  // Until the silence of the first connection would have been too long.
  while (performance.now() - asked < 3500) {
    expect(await link.call('PING')).toBe('PONG');
    await pause(100);
  }
  expect(lost).toBe(0);
});
