import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createLogger } from '../log.ts';
import { openRedis } from '../redis.ts';
import { epochKey, eventsKey } from '../redis-keys.ts';
import { openProcesses } from '../testing/processes.ts';
import { type Service, startRedis } from '../testing/service.ts';
import { describeBuffer } from './conformance.ts';
import { openDoubts } from './doubts.ts';
import { openRedisBuffer } from './redis.ts';

const log = createLogger('silent', process.stdout);
const processes = openProcesses();
let server: Service;
beforeAll(async () => {
  server = await startRedis(processes);
});
afterAll(() => processes.close());

let shards = 0;
describeBuffer('redis', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'muntra-doubts-'));
  const shard = shards++;
  return {
    async open() {
      const link = openRedis(server.url);
      await link.connected();
      const doubts = await openDoubts(dir, 'second', log);
      const buffer = await openRedisBuffer({ link, shard, doubts, log });
      const close = buffer.close.bind(buffer);
      buffer.close = async () => {
        await close();
        await doubts.close();
        link.close();
      };
      return buffer;
    },
    async wipe() {
      const link = openRedis(server.url);
      await link.connected();
      await link.call('DEL', eventsKey(shard), epochKey(shard));
      link.close();
    },
    remove: () => rm(dir, { recursive: true }),
  };
});
