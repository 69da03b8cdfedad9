/** What `muntra doctor` asks of the things around the server: the disk, the clocks, the schema, the salts that are left. */
import { readdirSync, statfsSync } from 'node:fs';
import type { SystemAnswer } from './contract/system.ts';
import type { DataDir } from './data-dir.ts';
import type { RedisLink } from './redis.ts';
import { saltKey } from './redis-keys.ts';
import type { Store } from './store/postgres.ts';
import { schemaVersion } from './store/schema-version.ts';

export type Vitals = Pick<SystemAnswer, 'disk' | 'clock' | 'schema' | 'oldSalts'>;

export interface Surroundings {
  dataDir: DataDir;
  store: Store;
  redis: RedisLink | undefined;
  now: () => number;
}

/** Never throws: what cannot be asked is null. */
export async function readVitals({ dataDir, store, redis, now }: Surroundings): Promise<Vitals> {
  const { bavail, blocks, bsize } = statfsSync(dataDir.path);
  const unknown = (): null => null;
  return {
    disk: { free: bavail * bsize, total: blocks * bsize },
    clock: {
      store: await ahead(() => storeTime(store), now).catch(unknown),
      redis: redis ? await ahead(() => redisTime(redis), now).catch(unknown) : null,
    },
    schema: await store.transaction(async client => (await schemaVersion(client)) ?? null).catch(unknown),
    oldSalts: fileSalts(dataDir.salt, now()) + (redis ? await redisSalts(redis, now()).catch(() => 0) : 0),
  };
}

/** Milliseconds by which a clock is ahead of ours, the way to it taken off. */
async function ahead(ask: () => Promise<number>, now: () => number): Promise<number> {
  const asked = now();
  const time = await ask();
  return Math.round(time - (asked + now()) / 2);
}

async function storeTime(store: Store): Promise<number> {
  const [row] = await store.query<{ time: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS time',
  );
  return row?.time ?? Number.NaN;
}

async function redisTime(redis: RedisLink): Promise<number> {
  const [time] = await redis.callEach('TIME');
  const [seconds, microseconds] = Array.isArray(time) ? time.map(Number) : [];
  return (seconds ?? Number.NaN) * 1000 + (microseconds ?? 0) / 1000;
}

const DAY = 86_400_000;
const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

function fileSalts(directory: string, now: number): number {
  return readdirSync(directory).filter(name => name !== `salt-${dateOf(now)}`).length;
}

async function redisSalts(redis: RedisLink, now: number): Promise<number> {
  const left = await Promise.all([1, 2].map(days => redis.call('EXISTS', saltKey(dateOf(now - days * DAY)))));
  return left.reduce<number>((sum, one) => sum + Number(one), 0);
}
