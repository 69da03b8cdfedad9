/**
 * Group commit: appends gather while a write is under way and go out together in the next one, so that all who wait for
 * it share its cost: a write and an fsync, or a round trip. What gathers is bounded.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MuntraError } from '../errors.ts';

/** Bytes of one payload, far above the largest event that `/collect` lets through. */
export const MAX_PAYLOAD = 64 * 1024;

const MAX_BYTES = 4 * 2 ** 20;
const MAX_APPENDS = 10_000;

interface Append {
  payload: string;
  bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** Keeps all payloads of a round, or throws and keeps none. `bytes`: their sizes added up. */
export type Commit = (payloads: string[], bytes: number) => Promise<void>;

export class GroupCommit {
  readonly #commit: Commit;
  readonly #roundSize: number;
  #waiting: Append[] = [];
  #appends = 0;
  #bytes = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  /** `roundSize`: appends in one round. */
  constructor(commit: Commit, roundSize = MAX_APPENDS) {
    this.#commit = commit;
    this.#roundSize = roundSize;
  }

  /** Appends that are not kept yet, those under way included, and their bytes. */
  get load(): { appends: number; bytes: number } {
    return { appends: this.#appends, bytes: this.#bytes };
  }

  /**
   * Resolves when the payload is kept; throws what the commit threw, or MuntraError when it does not take any. The promise
   * is the only one on an event's way: each further one, as of an async function, leaves half a kilobyte of garbage.
   */
  append(payload: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const bytes = Buffer.byteLength(payload);
      this.#refuse(bytes);
      this.#appends++;
      this.#bytes += bytes;
      this.#waiting.push({ payload, bytes, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  #refuse(bytes: number): void {
    if (bytes > MAX_PAYLOAD) throw new MuntraError('too_large', 'The event is too large', 'send less data with it');
    if (this.#closed) throw new MuntraError('buffer_unavailable', 'The server is stopping', 'try again in a moment');
    if (this.#appends >= MAX_APPENDS || this.#bytes + bytes > MAX_BYTES) {
      throw new MuntraError('buffer_full', 'Too many events wait to be written', 'try again in a moment');
    }
  }

  /** Takes no more; resolves when all have their outcome. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // One turn of the event loop, so that the requests which came in together are written together. Also when a round has
      // ended: the news of it comes along with further requests.
      await nextTurn();
      const round = this.#waiting.splice(0, this.#roundSize);
      const bytes = round.reduce((sum, append) => sum + append.bytes, 0);
      const payloads = round.map(append => append.payload);
      const failure = await this.#commit(payloads, bytes).then(
        () => undefined,
        error => ({ error }),
      );
      this.#appends -= round.length;
      this.#bytes -= bytes;
      for (const append of round) failure ? append.reject(failure.error) : append.resolve();
    }
    this.#running = undefined;
  }
}
