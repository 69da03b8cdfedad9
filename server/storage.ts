/**
 * Where events are kept, from the buffer to PostgreSQL, and the flush between the two: all of a server but what speaks
 * HTTP. `muntra flush` opens it alone where no server runs.
 */
import type { Intake } from './buffer/intake.ts';
import { spoolIntake } from './buffer/intake.ts';
import { openSpool } from './buffer/spool.ts';
import { type Closers, withClosers } from './closers.ts';
import type { Config } from './config.ts';
import type { FlushAnswer } from './contract/system.ts';
import type { DataDir } from './data-dir.ts';
import { lockDataDir } from './data-lock.ts';
import { createDropLedger, type DropLedger } from './ingest/drops.ts';
import { fileSalt, type SaltSource } from './ingest/salt.ts';
import type { Logger } from './log.ts';
import { createFlusher, type Flusher } from './pipeline/flush.ts';
import type { RedisLink } from './redis.ts';
import type { RedisParts, RedisPartsOptions } from './redis-parts.ts';
import type { Store } from './store/postgres.ts';
import { openProvider } from './store/provider.ts';

export interface Storage {
  store: Store;
  intake: Intake;
  salt: SaltSource;
  drops: DropLedger;
  flusher: Flusher;
  /** Where there is one. */
  redis: RedisLink | undefined;
}

export interface StorageOptions {
  dataDir: DataDir;
  log: Logger;
  now: () => number;
}

/** Takes the data directory for itself. Throws MuntraErrors for people. */
export async function openStorage(
  config: Config,
  { dataDir, log, now }: StorageOptions,
  closers: Closers,
): Promise<Storage> {
  const lock = lockDataDir(dataDir.path);
  closers.push(() => lock.release());
  const provider = await openProvider(config, dataDir.path, log);
  closers.push(() => provider.close());
  const { store } = provider;

  const spool = await openSpool({ dir: dataDir.spool, maxBytes: config.spoolMax, sync: config.spoolSync, log });
  closers.push(() => spool.close());
  const ownSalt = fileSalt(dataDir.salt, now, log);
  closers.push(() => ownSalt.close());
  const redis = await openRedis(config, { dataDir, spool, ownSalt, now, log });
  closers.push(() => redis?.close());
  const { intake, salt } = redis ?? { intake: spoolIntake(spool), salt: ownSalt };

  const drops = createDropLedger(now);
  const { flushBatchSize: batchSize, flushInterval: interval } = config;
  const flusher = createFlusher({ store, buffers: intake.buffers, drops, batchSize, interval, log, now });
  closers.push(() => flusher.stop());
  return { store, intake, salt, drops, flusher, redis: redis?.link };
}

/** Stores what waits, without a server: throws MuntraError `already_running` when there is one. */
export function flushStorage(config: Config, options: StorageOptions): Promise<FlushAnswer> {
  return withClosers(async closers => {
    const { flusher } = await openStorage(config, options, closers);
    const answer = await flusher.flush();
    await closers.close();
    return answer;
  });
}

/** undefined in the embedded mode. */
async function openRedis(config: Config, options: RedisPartsOptions): Promise<RedisParts | undefined> {
  if (config.redisUrl === '') return undefined;
  const { openRedisParts } = await import('./redis-parts.ts');
  return openRedisParts(config, options);
}
