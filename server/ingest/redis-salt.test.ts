import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { openRedis } from '../redis.ts';
import { openProcesses, type Processes, until } from '../testing/processes.ts';
import { startCluster, startReplica, withRedis } from '../testing/redis.ts';
import { type Service, startRedis } from '../testing/service.ts';
import { redisSalt } from './redis-salt.ts';
import { fileSalt, type SaltSource } from './salt.ts';

const MIDNIGHT = Date.UTC(2025, 6, 1);
const KEYS = { before: 'muntra:daily_salt:2025-06-30', after: 'muntra:daily_salt:2025-07-01' };
const log = createLogger('silent', process.stdout);

let processes: Processes;
let server: Service;
let root = '';
let opened: (() => Promise<void>)[] = [];
let time = MIDNIGHT;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'muntra-salt-'));
  processes = openProcesses();
  server = await startRedis(processes);
  time = MIDNIGHT - 5000;
});
afterEach(async () => {
  for (const close of opened) await close();
  opened = [];
  await processes.close();
  await rm(root, { recursive: true });
});

/** A server's salt; `name`: its data directory. */
async function open(name: string, url = server.url): Promise<SaltSource> {
  const link = openRedis(url);
  await link.connected();
  const own = fileSalt(join(root, name), () => time, log);
  const salt = redisSalt({ link, own, now: () => time, log });
  opened.push(async () => {
    await salt.close();
    await own.close();
    link.close();
  });
  return salt;
}

const get = (key: string) => withRedis(server.url, link => link.call('GET', key));
const files = async (url = server.url) => {
  const [, home] = (await withRedis(url, link => link.call('CONFIG', 'GET', 'dir'))) as string[];
  const paths = readdirSync(home ?? '', { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return paths.map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
};

test('all servers have one salt, under the name that the Go Muntra gave it, for 25 hours', async () => {
  const [a, b] = await Promise.all([open('a'), open('b')]);
  const salts = await Promise.all([a.at(time), b.at(time), a.at(time)]);
  expect(salts[0]).toMatch(/^[\da-f]{64}$/);
  expect(new Set(salts).size).toBe(1);
  expect(await get(KEYS.before)).toBe(salts[0]);
  const ttl = Number(await withRedis(server.url, link => link.call('TTL', KEYS.before)));
  expect(ttl).toBeGreaterThan(25 * 3600 - 60);
  expect(ttl).toBeLessThanOrEqual(25 * 3600);
});

test('the first event after midnight has the new one; the old one leaves memory, the file and the data directory', async () => {
  const salt = await open('a');
  const old = await salt.at(MIDNIGHT - 1);
  await until('the salt in the file', async () => (await files()).includes(old));
  time = MIDNIGHT;
  const fresh = await salt.at(MIDNIGHT);
  expect(fresh).not.toBe(old);
  expect(await get(KEYS.after)).toBe(fresh);
  await until('the salt to be gone', async () => !(await files()).includes(old));
  expect(await get(KEYS.before)).toBeNull();
  expect(await files()).toContain(fresh);
  expect(readFileSync(join(root, 'a/salt-2025-07-01'), 'latin1')).toBe(fresh);
  expect(readdirSync(join(root, 'a'))).toEqual(['salt-2025-07-01']);
});

test('a rewrite that began before is not enough', async () => {
  const salt = await open('a');
  const old = await salt.at(MIDNIGHT - 1);
  await withRedis(server.url, async link => {
    // Slows the child of the rewrite down, so that it is still at work after midnight.
    await link.call('CONFIG', 'SET', 'rdb-key-save-delay', 1_500_000);
    await link.call('BGREWRITEAOF');
    time = MIDNIGHT;
    await salt.at(MIDNIGHT);
    await until('the attempt', async () => (await link.call('GET', KEYS.before)) === null);
    await pause(100);
    await link.call('CONFIG', 'SET', 'rdb-key-save-delay', 0);
  });
  await until('the salt to be gone', async () => !(await files()).includes(old), 30_000);
});

test('in a cluster it leaves the files of replicas too', { timeout: 60_000 }, async () => {
  const { url, masters } = await startCluster(processes);
  const { replica, master } = await startReplica(processes, masters, KEYS.before);
  const salt = await open('a', url);
  const old = await salt.at(MIDNIGHT - 1);
  await until('the salt in the file of the replica', async () => (await files(replica.url)).includes(old));
  // The deletion reaches the replica some time later.
  await withRedis(master.url, async link => {
    await link.call('CONFIG', 'SET', 'maxclients', 1);
    await link.call('CLIENT', 'KILL', 'TYPE', 'replica');
    time = MIDNIGHT;
    await salt.at(MIDNIGHT);
    await until('the deletion', async () => (await link.call('EXISTS', KEYS.before)) === 0);
    await pause(500);
    await link.call('CONFIG', 'SET', 'maxclients', 1000);
  });
  for (const { url: node } of [...masters, replica]) {
    await until('the salt to be gone', async () => !(await files(node)).includes(old));
  }
});

test('an idle server rotates too', async () => {
  const salt = await open('a');
  const old = await salt.at(time);
  time = MIDNIGHT + 1000;
  await until('the new salt', async () => (await get(KEYS.after)) !== null);
  await until('the salt to be gone', async () => !(await files()).includes(old));
});

test('Redis away at midnight: the own salt serves, and all take it when Redis is back', async () => {
  const [a, b] = await Promise.all([open('a'), open('b')]);
  expect(await a.at(time)).toBe(await b.at(time));
  await server.process.kill();
  time = MIDNIGHT;
  const own = [await a.at(time), await b.at(time)];
  expect(own[0]).not.toBe(own[1]);
  await server.restart();
  await until('one salt', async () => (await a.at(time)) === (await b.at(time)));
  expect(own).toContain(await a.at(time));
  expect(await get(KEYS.after)).toBe(await a.at(time));
});

test('a restart while Redis is away keeps the salt that was agreed', async () => {
  const [a, b] = await Promise.all([open('a'), open('b')]);
  const agreed = await a.at(time);
  expect(await b.at(time)).toBe(agreed);
  for (const close of opened.splice(0)) await close();
  await server.process.kill();
  expect(await (await open('a')).at(time)).toBe(agreed);
  expect(await (await open('b')).at(time)).toBe(agreed);
});

test('a full Redis still tells the salt that it has', async () => {
  const a = await open('a');
  const agreed = await a.at(time);
  await withRedis(server.url, link => link.call('CONFIG', 'SET', 'maxmemory', 1));
  expect(await (await open('b')).at(time)).toBe(agreed);
});

test('a disk that refuses is told to those who ask, and is none again when it takes the salt', async () => {
  const salt = await open('a');
  await salt.at(time);
  await rm(join(root, 'a'), { recursive: true });
  time = MIDNIGHT;
  await expect(salt.at(MIDNIGHT)).rejects.toMatchObject({ code: 'not_ready' });
  mkdirSync(join(root, 'a'));
  expect(await salt.at(MIDNIGHT)).toBe(readFileSync(join(root, 'a/salt-2025-07-01'), 'latin1'));
});
