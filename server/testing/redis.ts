/** Parts of the Redis buffer as the server puts them together, and a cluster of local processes. */
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { openDoubts } from '../buffer/doubts.ts';
import { openFailover } from '../buffer/failover.ts';
import type { Intake } from '../buffer/intake.ts';
import { openRedisBuffer, type RedisBuffer } from '../buffer/redis.ts';
import { openSpool } from '../buffer/spool.ts';
import type { Logger } from '../log.ts';
import { openRedis, type RedisLink } from '../redis.ts';
import { freePort, type Processes, until } from './processes.ts';

export interface OpenOptions {
  url: string;
  /** For the doubts, and the spool. */
  dir: string;
  log: Logger;
}

/** One shard without a spool beside it; `close` closes all parts. */
export async function openShard({ url, dir, log, shard = 0 }: OpenOptions & { shard?: number }): Promise<RedisBuffer> {
  const link = openRedis(url);
  await link.connected();
  const doubts = await openDoubts(join(dir, 'doubts'), 'second', log);
  const buffer = await openRedisBuffer({ link, shard, doubts, log });
  const close = buffer.close.bind(buffer);
  buffer.close = async () => {
    await close();
    await doubts.close();
    link.close();
  };
  return buffer;
}

/** The buffers of the services mode; `close` closes all parts. */
export async function openServices({
  url,
  dir,
  log,
  shards = 1,
}: OpenOptions & { shards?: number }): Promise<{ intake: Intake; close(): Promise<void> }> {
  const link = openRedis(url);
  const spool = await openSpool({ dir: join(dir, 'spool'), maxBytes: 2 ** 26, sync: 'second', log });
  const doubts = await openDoubts(join(dir, 'doubts'), 'second', log);
  const intake = await openFailover({ link, shards, spool, doubts, log });
  return {
    intake,
    async close() {
      await intake.close();
      await doubts.close();
      await spool.close();
      link.close();
    },
  };
}

/** Runs some commands on a link of its own. */
export async function withRedis<T>(url: string, work: (link: RedisLink) => Promise<T>): Promise<T> {
  const link = openRedis(url);
  try {
    await until(`a connection to ${url}`, () => link.ready);
    return await work(link);
  } finally {
    link.close();
  }
}

/** Three masters without replicas; the URL names two of them. */
export async function startCluster(processes: Processes): Promise<{ url: string; ports: number[] }> {
  const ports = [await freePort(), await freePort(), await freePort()];
  const slots = Math.ceil(16_384 / ports.length);
  for (const port of ports) {
    const dir = processes.dir('cluster');
    const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--appendonly', 'yes'];
    const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, '--save', '', ...cluster];
    processes.start('redis-server', args, { cwd: dir });
  }
  const nodes = ports.map(port => new Redis({ port, host: '127.0.0.1' }));
  try {
    const [first] = nodes;
    if (!first) throw new Error('no nodes');
    for (const [index, node] of nodes.entries()) {
      await until('a node', () => node.status === 'ready');
      await node.call('CLUSTER', 'ADDSLOTSRANGE', index * slots, Math.min((index + 1) * slots, 16_384) - 1);
      const busPort = /cluster-port (\d+)/.exec(
        String(await node.call('CONFIG', 'GET', 'cluster-port')).replace(',', ' '),
      );
      await first.call('CLUSTER', 'MEET', '127.0.0.1', ports[index] ?? 0, Number(busPort?.[1]));
    }
    for (const node of nodes) {
      await until('the cluster', async () => /cluster_state:ok.*known_nodes:3/s.test(await node.cluster('INFO')));
    }
  } finally {
    for (const node of nodes) node.disconnect();
  }
  return { url: `redis-cluster://127.0.0.1:${ports[0]},127.0.0.1:${ports[1]}`, ports };
}
