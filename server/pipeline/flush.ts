/**
 * The flusher: drains every buffer into the store, by a timer, on demand, and before a question. Runs never overlap in
 * one process; a call during a run shares the next one with all other such calls, because the run under way may have
 * read past the place where the caller's event lies.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Buffer } from '../buffer/buffer.ts';
import type { FlushAnswer, SystemAnswer } from '../contract/system.ts';
import { MuntraError } from '../errors.ts';
import type { DropLedger } from '../ingest/drops.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/postgres.ts';
import { type Drained, drain } from './drain.ts';
import { storeDrops } from './drops.ts';

export interface Flusher {
  /** Stores everything that waits. Throws the error of the first buffer that failed, once all have been tried. */
  flush(): Promise<FlushAnswer>;
  /**
   * Before a question: stores what waits, at most once a second; callers within that second share the outcome. A buffer
   * that is away does not matter here; throws MuntraError `store_unavailable` when the store is, or when storing takes longer
   * than a question may wait.
   */
  freshen(): Promise<void>;
  /** Flushes every `interval`, sooner after a failure; does nothing if the interval is 0. */
  start(): void;
  /** Stores what waits, for two seconds at most, unless the store is away. Then `flush` stores nothing any more. */
  stop(): Promise<void>;
  /** The last run that came through. */
  readonly last: SystemAnswer['lastFlush'];
}

export interface FlusherOptions {
  store: Store;
  /** May grow. */
  buffers: readonly Buffer[];
  drops: DropLedger;
  /** Entries in one transaction. */
  batchSize: number;
  /** Milliseconds; 0: no timer. */
  interval: number;
  log: Logger;
  now: () => number;
  /** Milliseconds that `freshen` waits. */
  patience?: number;
}

const FRESH = 1_000;
const PATIENCE = 10_000;
const LAST_RUN = 2_000;
const BACKOFF = { first: 1_000, max: 60_000 };

export function createFlusher(options: FlusherOptions): Flusher {
  const { store, buffers, drops, batchSize, interval, log, now, patience = PATIENCE } = options;
  const stopping = new AbortController();
  let last: SystemAnswer['lastFlush'] = null;
  let running: Promise<FlushAnswer> | undefined;
  let next: Promise<FlushAnswer> | undefined;
  let fresh: { at: number; done: Promise<void> } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let faulty = false;

  async function run(): Promise<FlushAnswer> {
    const started = now();
    const total: Drained = { events: 0, rejected: 0 };
    const errors: unknown[] = [];
    for (const buffer of buffers) {
      try {
        await drain(buffer, { store, batchSize, signal: stopping.signal, total });
      } catch (error) {
        errors.push(error);
      }
    }
    await storeDrops(store, drops).catch(error => errors.push(error));
    report(total, errors);
    if (errors.length > 0) throw errors.find(isStoreAway) ?? errors[0];
    const seconds = (now() - started) / 1000;
    last = { at: now(), events: total.events, seconds };
    const depths = await Promise.all(buffers.map(buffer => buffer.depth()));
    return { ...total, seconds, waiting: depths.reduce((sum, { events }) => sum + events, 0) };
  }

  /** The store and the buffers log their own outages. What else stops the flush is logged once, and its end. */
  function report({ rejected }: Drained, errors: unknown[]): void {
    if (rejected > 0) log.warn({ rejected }, 'events were refused by PostgreSQL and lie in rejected_events');
    const fault = errors.find(error => !(error instanceof MuntraError));
    if (fault !== undefined && !faulty) log.error({ reason: String(fault) }, 'waiting events cannot be stored');
    if (errors.length === 0 && faulty) log.info('waiting events are stored again');
    faulty = fault !== undefined || (faulty && errors.length > 0);
  }

  function flush(): Promise<FlushAnswer> {
    if (!running) return next ?? begin();
    next ??= running.then(begin, begin);
    return next;
  }

  function begin(): Promise<FlushAnswer> {
    next = undefined;
    running = run().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function catchUp(): Promise<void> {
    try {
      await flush();
    } catch (error) {
      if (!isBufferAway(error)) throw error;
    }
  }

  async function tick(): Promise<void> {
    // A buffer that is away is no reason to leave the others waiting longer.
    const failed = await catchUp().then(
      () => false,
      () => true,
    );
    failures = failed ? failures + 1 : 0;
    if (!stopping.signal.aborted) schedule(failed ? backoff(failures) : interval);
  }

  function schedule(delay: number): void {
    timer = setTimeout(tick, delay);
  }

  return {
    flush,
    freshen() {
      const at = now();
      if (!fresh || Math.abs(at - fresh.at) >= FRESH) fresh = { at, done: catchUp() };
      return within(patience, fresh.done);
    },
    start() {
      if (interval > 0) schedule(interval);
    },
    async stop() {
      clearTimeout(timer);
      const limit = setTimeout(() => stopping.abort(), LAST_RUN);
      if (store.up) await flush().catch(() => {});
      clearTimeout(limit);
      stopping.abort();
      await running?.catch(() => {});
    },
    get last() {
      return last;
    },
  };
}

/** Throws MuntraError `store_unavailable` when it is not done in so many milliseconds. */
async function within(patience: number, done: Promise<void>): Promise<void> {
  const settled = new AbortController();
  const late = sleep(patience, undefined, { signal: settled.signal, ref: false }).then(() => {
    const hint = 'try again in a moment; `muntra doctor` tells how many wait';
    throw new MuntraError('store_unavailable', 'Events that wait are still being stored', hint);
  });
  await Promise.race([done, late]).finally(() => settled.abort());
}

/** Milliseconds: doubles up to a minute; half of it by chance, so that many instances do not come at once. */
export function backoff(failures: number): number {
  return Math.min(BACKOFF.first * 2 ** (failures - 1), BACKOFF.max) * (0.5 + Math.random() / 2);
}

const isStoreAway = (error: unknown): boolean => error instanceof MuntraError && error.code === 'store_unavailable';
const isBufferAway = (error: unknown): boolean => error instanceof MuntraError && error.code === 'buffer_unavailable';
