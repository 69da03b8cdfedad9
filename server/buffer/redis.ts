/**
 * The buffer in Redis: one stream for each shard, the appends of many requests in one round trip. When Redis is away, slow
 * or full, this says so at once: it is closed to appends until a trial goes through, so that not each event waits for a
 * timeout.
 *
 * A round is one Lua call. That makes it a batch, which may be sent twice and is there once: what a silent Redis did with a
 * round need not be known, see doubts.ts. It is cheap, too: 6 us of CPU an event, here and in Redis together, the wait for
 * its file included, where one XADD for each event took 11 and with ioredis's own pipelining 6 to 8 (32 appends at a time;
 * 110,000 to 180,000, 80,000 and 100,000 to 140,000 a second). A flush reads and trims a million a second.
 */
import { randomBytes } from 'node:crypto';
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { RedisError, type RedisLink } from '../redis.ts';
import type { Entry, Buffer as EventBuffer, Position } from './buffer.ts';
import type { Doubts } from './doubts.ts';
import { GroupCommit } from './group-commit.ts';
import { createLane } from './lane.ts';
import { type Batch, RedisLog } from './redis-log.ts';

export interface RedisBufferOptions {
  link: RedisLink;
  shard: number;
  doubts: Doubts;
  log: Logger;
}

type State = 'new' | 'up' | 'away' | 'full';

const MESSAGES = {
  up: 'redis: takes events again',
  away: 'redis: does not answer, events go to the spool',
  full: 'redis: is full, events go to the spool',
};

/** Appends in one call of Lua, during which Redis does nothing else: two milliseconds. */
const ROUND = 500;
const TRIAL_EVERY = 500;

/** One shard; resolves after the first trial, whether Redis is there or not. */
export async function openRedisBuffer(options: RedisBufferOptions): Promise<RedisBuffer> {
  const buffer = new RedisBuffer(options);
  await buffer.open();
  return buffer;
}

export class RedisBuffer implements EventBuffer {
  readonly kind = 'redis';
  readonly log: RedisLog;
  readonly #options: RedisBufferOptions;
  readonly #group = new GroupCommit(payloads => this.#turns(() => this.#commit(payloads)), ROUND);
  /** Rounds and trials: what a round leaves in doubt is known to the next trial. */
  readonly #turns = createLane();
  #state: State = 'new';
  #writer = newWriter();
  #batches = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RedisBufferOptions) {
    this.#options = options;
    this.log = new RedisLog(options.link, options.shard);
    options.link.onLoss(() => this.#stop());
  }

  get up(): boolean {
    return this.#state === 'up';
  }

  identity(): Promise<string> {
    return this.log.identity();
  }

  append(payload: string): Promise<void> {
    const refusal = this.#refusal();
    return refusal ? Promise.reject(refusal) : this.#group.append(payload);
  }

  read(after: Position | null, limit: number): Promise<Entry[]> {
    return this.log.read(after, limit);
  }

  trim(upTo: Position): Promise<void> {
    return this.log.trim(upTo);
  }

  /** With those in doubt, which a trial brings to Redis. At once when it is away: questions wait for the flush. */
  async depth(): Promise<{ events: number; bytes: number }> {
    const refusal = this.#refusal();
    if (refusal && this.#state !== 'full') throw refusal;
    const { events, bytes } = await this.log.depth();
    return { events: events + this.#options.doubts.waiting(this.#options.shard), bytes };
  }

  /** A trial: whether it takes events again. */
  open(): Promise<void> {
    return this.#turns(() => this.#try());
  }

  async close(): Promise<void> {
    await this.#group.close();
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#turns(async () => {});
  }

  async #commit(payloads: string[]): Promise<void> {
    // Those that gathered while the round before them failed.
    const refusal = this.#refusal();
    if (refusal) throw refusal;
    const batch = this.#batch(payloads);
    try {
      await this.log.append(batch);
    } catch (error) {
      this.#stop(error);
      if (!(error instanceof RedisError) || error.done === 'nothing') throw error;
      await this.#doubt(batch);
    }
  }

  async #doubt(batch: Batch): Promise<void> {
    try {
      await this.#options.doubts.keep(this.#options.shard, batch);
    } catch (cause) {
      // Not one of those errors after which the event goes elsewhere: Redis may have it.
      throw new MuntraError('not_ready', 'Nobody knows whether the event is kept', 'check Redis and the disk', {
        cause,
      });
    }
  }

  async #try(): Promise<void> {
    try {
      if (this.#state === 'full' && !(await this.log.hasRoom())) return this.#tryLater();
      await this.#options.doubts.settle(this.#options.shard, batch => this.log.append(batch));
      // Nothing in it, but it writes: a full Redis refuses it.
      await this.log.append(this.#batch([]));
      this.#setState('up');
    } catch (error) {
      this.#stop(error);
    }
  }

  #tryLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.open();
    }, TRIAL_EVERY).unref();
  }

  #batch(payloads: string[]): Batch {
    return { writer: this.#writer, name: String(++this.#batches), payloads };
  }

  #refusal(): MuntraError | undefined {
    if (this.#state === 'up') return undefined;
    if (this.#state === 'full') return new MuntraError('buffer_full', 'Redis is full', 'give it more memory');
    return new MuntraError('buffer_unavailable', 'Redis does not answer', 'check that it runs');
  }

  /** Takes no more events until a trial goes through. */
  #stop(error?: unknown): void {
    if (this.#closed) return;
    // A batch is recognised as long as it is the last one of its writer.
    this.#writer = newWriter();
    this.#setState(error instanceof MuntraError && error.code === 'buffer_full' ? 'full' : 'away', error);
    this.#tryLater();
  }

  #setState(state: Exclude<State, 'new'>, error?: unknown): void {
    const before = this.#state;
    this.#state = state;
    if (state === before || (before === 'new' && state === 'up')) return;
    const { log, shard } = this.#options;
    const reason = error instanceof RedisError ? error.reply : undefined;
    log[state === 'up' ? 'info' : 'warn']({ shard, ...(reason && { reason }) }, MESSAGES[state]);
  }
}

const newWriter = (): string => randomBytes(8).toString('hex');
