/**
 * The salt of the UTC day, one for all servers of a Redis. Each has a salt of its own in its data directory and offers it;
 * the first offer of a day wins, and all keep it beside their data, so that a restart while Redis is away does not change
 * it. While Redis is away at midnight a server's own salt serves, and is offered when Redis is back.
 *
 * When a day is over its salt must go from Redis's memory and from its append-only file, which keeps every write until it
 * is rewritten. Any server does both, and says so in a key, so that a crash or an outage only delays it.
 */
import type { Logger } from '../log.ts';
import { RedisError, type RedisLink } from '../redis.ts';
import { rewriteFiles } from '../redis-files.ts';
import { saltErasedKey, saltKey } from '../redis-keys.ts';
import type { FileSalt, SaltSource } from './salt.ts';

export interface RedisSaltOptions {
  link: RedisLink;
  /** Not closed with this. */
  own: FileSalt;
  /** Drives the rotation on a day without events. */
  now: () => number;
  log: Logger;
}

const DAY = 86_400_000;
/** Seconds: if no server comes to erase it, Redis does. */
const LIFETIME = 25 * 3600;
const CHECK_EVERY = 1000;
const REWRITE_AGAIN_AFTER = 5000;

export function redisSalt({ link, own, now, log }: RedisSaltOptions): SaltSource {
  let held = { day: Number.NaN, salt: '', agreed: false };
  let agreeing: { day: number; done: Promise<string> } | undefined;
  /** The day before which all salts are gone. */
  let erased = Number.NaN;
  let erasing: Promise<void> | undefined;
  let eraseAfter = 0;
  let closed = false;

  function at(time: number): string | Promise<string> {
    const day = Math.floor(time / DAY);
    return held.day === day ? held.salt : shared(day, time);
  }

  function shared(day: number, time: number): Promise<string> {
    if (agreeing?.day !== day) {
      const done = agree(day, time).finally(() => {
        agreeing = undefined;
      });
      agreeing = { day, done };
    }
    return agreeing.done;
  }

  async function agree(day: number, time: number): Promise<string> {
    try {
      const salt = await offer(saltKey(dateOf(day)), own.at(time));
      own.adopt(time, salt);
      held = { day, salt, agreed: true };
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
      held = { day, salt: own.at(time), agreed: false };
    }
    return held.salt;
  }

  /** The salt that is there, else the one given. A full Redis still tells the one that is there. */
  async function offer(key: string, salt: string): Promise<string> {
    const present = await link.call('GET', key);
    const winner = present ?? (await link.call('SET', key, salt, 'EX', LIFETIME, 'NX', 'GET'));
    return typeof winner === 'string' ? winner : salt;
  }

  /** Of the days before; two, because the servers may have been away for one. */
  async function erase(day: number): Promise<void> {
    const done = saltErasedKey(dateOf(day));
    try {
      if ((await link.call('GET', done)) === null) {
        for (const ago of [1, 2]) await link.call('DEL', saltKey(dateOf(day - ago)));
        await rewriteFiles(link, () => closed);
        await link.call('SET', done, '1', 'EX', LIFETIME);
      }
      erased = day;
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
      log.debug({ reason: error.reply }, 'redis: the salt of the day before is not erased yet');
      eraseAfter = performance.now() + REWRITE_AGAIN_AFTER;
    }
  }

  function check(): void {
    const time = now();
    const day = Math.floor(time / DAY);
    if (held.day !== day || !held.agreed) {
      // The disk refuses: the next event meets the same error and answers with it.
      shared(day, time).catch(() => {});
    } else if (erased !== day && performance.now() > eraseAfter) {
      erasing ??= erase(day).finally(() => {
        erasing = undefined;
      });
    }
  }

  check();
  const timer = setInterval(check, CHECK_EVERY).unref();
  return {
    at,
    async close() {
      closed = true;
      clearInterval(timer);
      await agreeing?.done.catch(() => {});
      await erasing;
    },
  };
}

const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
