/** Parts of the Redis buffer as the server puts them together, and a cluster of local processes. */
import { join } from 'node:path';
import { openDoubts } from '../buffer/doubts.ts';
import { openFailover } from '../buffer/failover.ts';
import type { Intake } from '../buffer/intake.ts';
import { openRedisBuffer, type RedisBuffer } from '../buffer/redis.ts';
import { openSpool } from '../buffer/spool.ts';
import type { Logger } from '../log.ts';
import { openRedis, type RedisLink } from '../redis.ts';
import { freePort, type Processes, until } from './processes.ts';
import { type Service, startRedis } from './service.ts';

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

const SLOTS = 16_384;

/** Three masters without replicas; the URL names two of them. */
export async function startCluster(processes: Processes): Promise<{ url: string; masters: Service[] }> {
  const busPorts = [await freePort(), await freePort(), await freePort()];
  const masters = await Promise.all(busPorts.map(busPort => startNode(processes, busPort)));
  const hosts = masters.map(({ url }) => new URL(url).host);
  const share = Math.ceil(SLOTS / masters.length);
  for (const [index, { url }] of masters.entries()) {
    const first = index * share;
    await withRedis(url, async link => {
      await link.call('CLUSTER', 'ADDSLOTSRANGE', first, Math.min(first + share, SLOTS) - 1);
      const port = new URL(masters[0]?.url ?? url).port;
      await link.call('CLUSTER', 'MEET', '127.0.0.1', port, busPorts[0] ?? 0);
    });
  }
  const cluster = `redis-cluster://${hosts[0]},${hosts[1]}`;
  await until('the cluster', () =>
    Promise.all(masters.map(({ url }) => knowsAll(url))).then(all => all.every(Boolean)),
  );
  return { url: cluster, masters };
}

/** Of the master that has a key; resolves once it has all that the master has. */
export async function startReplica(
  processes: Processes,
  masters: Service[],
  key: string,
): Promise<{ replica: Service; master: Service }> {
  const busPort = await freePort();
  const replica = await startNode(processes, busPort);
  const [first] = masters;
  if (!first) throw new Error('there are no masters');
  const slot = await withRedis(first.url, async link => {
    await link.call('CLUSTER', 'MEET', '127.0.0.1', new URL(replica.url).port, busPort);
    return Number(await link.call('CLUSTER', 'KEYSLOT', key));
  });
  const master = masters[Math.floor(slot / Math.ceil(SLOTS / masters.length))] ?? first;
  const id = await withRedis(master.url, link => link.call('CLUSTER', 'MYID'));
  await withRedis(replica.url, async link => {
    const replicate = () => link.call('CLUSTER', 'REPLICATE', String(id));
    await until('the replica to know its master', () => replicate().then(Boolean, () => false));
    const says = async () => String(await link.call('INFO', 'replication'));
    await until('the replica', async () => (await says()).includes('master_link_status:up'));
  });
  const port = new URL(replica.url).port;
  const shows = ({ url }: Service) =>
    withRedis(url, async link => JSON.stringify(await link.call('CLUSTER', 'SLOTS')).includes(`,${port},`));
  await until('all to know it', () => Promise.all(masters.map(shows)).then(all => all.every(Boolean)));
  return { replica, master };
}

const startNode = (processes: Processes, busPort: number): Promise<Service> =>
  startRedis(processes, '128mb', [
    ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'],
    ...['--cluster-port', String(busPort)],
  ]);

const knowsAll = (url: string): Promise<boolean> =>
  withRedis(url, async link => {
    const info = String(await link.call('CLUSTER', 'INFO'));
    return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3');
  });
