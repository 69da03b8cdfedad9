/** What the server has in Redis. Apart from the rest, so that ioredis is loaded only where there is a Redis: 4 MB. */

import { setFlagsFromString } from 'node:v8';
import type { Buffer } from './buffer/buffer.ts';
import { openDoubts } from './buffer/doubts.ts';
import { openFailover } from './buffer/failover.ts';
import type { Intake } from './buffer/intake.ts';
import type { Config } from './config.ts';
import type { DataDir } from './data-dir.ts';
import { redisSalt } from './ingest/redis-salt.ts';
import type { FileSalt, SaltSource } from './ingest/salt.ts';
import type { Logger } from './log.ts';
import { openRedis, type RedisLink } from './redis.ts';

/**
 * V8 shall not guess what will live long: in one start of four it took what belongs to a request for that, and kept so much
 * garbage alive that an event cost half as much CPU again. Without Redis it guesses right, and the flush is 6 % faster for it.
 * As a flag of the command line, the executable's code cache would be refused.
 */
setFlagsFromString('--no-allocation-site-pretenuring');

export interface RedisPartsOptions {
  dataDir: Pick<DataDir, 'doubts'>;
  /** Refuge of the buffer; not closed here. */
  spool: Buffer;
  /** Refuge of the salt; not closed here. */
  ownSalt: FileSalt;
  now: () => number;
  log: Logger;
}

export interface RedisParts {
  link: RedisLink;
  intake: Intake;
  salt: SaltSource;
  close(): Promise<void>;
}

/** Resolves within a second or two, whether Redis is there or not. */
export async function openRedisParts(
  { redisUrl, bufferShards, spoolSync }: Pick<Config, 'redisUrl' | 'bufferShards' | 'spoolSync'>,
  { dataDir, spool, ownSalt, now, log }: RedisPartsOptions,
): Promise<RedisParts> {
  const doubts = await openDoubts(dataDir.doubts, spoolSync, log);
  const link = openRedis(redisUrl);
  const intake = await openFailover({ link, shards: bufferShards, spool, doubts, log });
  const salt = redisSalt({ link, own: ownSalt, now, log });
  return {
    link,
    intake,
    salt,
    async close() {
      await salt.close();
      await intake.close();
      await doubts.close();
      link.close();
    },
  };
}
