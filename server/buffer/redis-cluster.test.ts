/** The same promises on a Redis Cluster of three masters, and what it does when one of them dies. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { epochKey, eventsKey } from '../redis-keys.ts';
import { openProcesses, type Processes, until } from '../testing/processes.ts';
import { openServices, openShard, startCluster, withRedis } from '../testing/redis.ts';
import type { Service } from '../testing/service.ts';
import { describeBuffer, drain, numbered, texts } from './conformance.ts';
import type { Intake } from './intake.ts';

const log = createLogger('silent', process.stdout);
let processes: Processes;
let url = '';
let masters: Service[] = [];
beforeAll(async () => {
  processes = openProcesses();
  ({ url, masters } = await startCluster(processes));
});
afterAll(() => processes.close());

let shards = 3;
describeBuffer('redis', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'muntra-cluster-'));
  const shard = shards++;
  return {
    open: () => openShard({ url, dir, log, shard }),
    wipe: () => withRedis(url, link => link.call('DEL', eventsKey(shard), epochKey(shard)).then(() => {})),
    remove: () => rm(dir, { recursive: true }),
  };
});

const appendAll = (intake: Intake, payloads: string[]) => Promise.all(payloads.map(text => intake.append(text)));
const contents = (intake: Intake) => Promise.all(intake.buffers.map(async buffer => texts(await drain(buffer, 100))));

test('shards lie on several masters; when one is killed the spool serves, and nothing is lost', {
  timeout: 60_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'muntra-cluster-'));
  const { intake, close } = await openServices({ url, dir, log, shards: 3 });
  expect(intake.redisUp).toBe(true);
  const first = numbered(90).map(text => `first ${text}`);
  await appendAll(intake, first);
  expect((await contents(intake)).map(found => found.length)).toEqual([30, 30, 30, 0]);

  // The one with the slots of the shards 1 and 2.
  await masters[1]?.process.kill();
  const later = numbered(90).map(text => `later ${text}`);
  await appendAll(intake, later);
  expect(intake.redisUp).toBe(false);
  await masters[1]?.restart();
  await until('the cluster', () => intake.redisUp === true, 30_000);
  await appendAll(intake, ['last']);
  const found = (await contents(intake)).flat();
  expect(found.sort()).toEqual([...first, ...later, 'last'].sort());
  await close();
  await rm(dir, { recursive: true });
});
