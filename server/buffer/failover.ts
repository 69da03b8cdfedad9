/**
 * The buffers of the services mode: Redis, and the spool as its refuge. While Redis is away, slow or full, events go to the
 * spool and are answered all the same; the flush drains both.
 */
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { RedisError, type RedisLink } from '../redis.ts';
import { SHARDS_KEY } from '../redis-keys.ts';
import type { Buffer } from './buffer.ts';
import type { Doubts } from './doubts.ts';
import { takeOverLists } from './go-lists.ts';
import type { Intake } from './intake.ts';
import { openRedisBuffer, type RedisBuffer } from './redis.ts';
import { MOST_SHARDS } from './redis-scripts.ts';

export interface FailoverOptions {
  link: RedisLink;
  /** Streams over which events are spread. */
  shards: number;
  spool: Buffer;
  doubts: Doubts;
  log: Logger;
}

export interface Failover extends Intake {
  /** Closes the Redis buffers; what was given is the caller's. */
  close(): Promise<void>;
}

const SETTLE_EVERY = 1000;

/** Resolves within a second or so, whether Redis is there or not. */
export async function openFailover({ link, shards, spool, doubts, log }: FailoverOptions): Promise<Failover> {
  const redis: RedisBuffer[] = [];
  // The spool last: what it holds of a full Redis came after what that holds, and in this order visits need no second look.
  const buffers: Buffer[] = [spool];
  let turn = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let settling = Promise.resolve();

  async function addShards(count: number): Promise<void> {
    while (redis.length < count) {
      const buffer = await openRedisBuffer({ link, shard: redis.length, doubts, log });
      redis.push(buffer);
      buffers.splice(-1, 0, buffer);
    }
  }

  /** Once, when Redis answers: finds what was left there by a server with more shards, and by the Go Muntra. */
  async function settle(): Promise<void> {
    try {
      await addShards(Number(await link.call('EVAL', MOST_SHARDS, 1, SHARDS_KEY, shards)));
      const [first] = redis;
      if (first && !link.clustered) await takeOverLists(link, first.log, log);
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
      if (closed) return;
      timer = setTimeout(() => {
        settling = settle();
      }, SETTLE_EVERY).unref();
    }
  }

  /** Each in turn, of those that take events. */
  function nextShard(): RedisBuffer | undefined {
    for (let tries = 0; tries < shards; tries++) {
      const buffer = redis[turn++ % shards];
      if (buffer?.up) return buffer;
    }
    return undefined;
  }

  await link.connected();
  await addShards(shards);
  settling = settle();

  return {
    kind: 'redis',
    buffers,
    // Not an async function, for its garbage: see GroupCommit.
    append(payload) {
      const shard = nextShard();
      if (!shard) return spool.append(payload);
      return shard.append(payload).catch(error => {
        if (!isNotKept(error)) throw error;
        return spool.append(payload);
      });
    },
    get redisUp() {
      return redis.slice(0, shards).every(buffer => buffer.up);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await settling;
      for (const buffer of redis) await buffer.close();
    },
  };
}

/** Only of these is it certain that Redis has not got the event and will not get it. */
const isNotKept = (error: unknown): boolean =>
  error instanceof MuntraError && (error.code === 'buffer_full' || error.code === 'buffer_unavailable');
