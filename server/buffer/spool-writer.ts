/**
 * The writing end of the spool. Group commit: appends gather while a write is under way and go out together in the next
 * one, so the cost of a write, and of an fsync, is shared by all who wait for it.
 */
import { rm } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MuntraError, systemCode } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createLane } from './lane.ts';
import { encodeRecords, MAX_PAYLOAD, RECORD_HEADER } from './record.ts';
import { type Segment, segmentPath } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';

export interface SpoolOptions {
  dir: string;
  /** Disk that the segments may take. */
  maxBytes: number;
  /** `second`: fsync within a second after an append; `always`: before it resolves. */
  sync: 'second' | 'always';
  log: Logger;
}

const SEGMENT_BYTES = 4 * 2 ** 20;
const PENDING_APPENDS = 10_000;
const PENDING_BYTES = 4 * 2 ** 20;
const SYNC_DELAY = 1000;

interface Append {
  payload: string;
  resolve(): void;
  reject(error: MuntraError): void;
}

export class SpoolWriter {
  readonly #options: SpoolOptions;
  readonly #epoch: string;
  readonly #segmentBytes: number;
  /** Oldest first; the last one is being written. */
  readonly #segments: Segment[];
  #stored: number;
  #current: SegmentWriter;
  #pending: Append[] = [];
  #pendingBytes = 0;
  #running: Promise<void> | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  #refusing = false;
  #closed = false;
  readonly #writes = createLane();

  private constructor(options: SpoolOptions, epoch: string, segments: Segment[], current: SegmentWriter) {
    this.#options = options;
    this.#epoch = epoch;
    this.#segmentBytes = Math.min(SEGMENT_BYTES, options.maxBytes / 4);
    this.#segments = segments;
    this.#stored = segments.reduce((sum, { size }) => sum + size, 0);
    this.#current = current;
  }

  /** Goes on after `segments` with a new one, which begins at `base`. */
  static async open(options: SpoolOptions, epoch: string, segments: Segment[], base: number): Promise<SpoolWriter> {
    const current = await SegmentWriter.create(segmentPath(options.dir, base, epoch), base);
    return new SpoolWriter(options, epoch, [...segments, current.segment], current);
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get current(): Segment {
    return this.#current.segment;
  }

  /** Place in the log of the next append. */
  get end(): number {
    return this.current.base + this.current.size;
  }

  /** Whether all of it can be read. */
  get synced(): boolean {
    return this.current.readable === this.current.size;
  }

  async append(payload: string): Promise<void> {
    const size = RECORD_HEADER + Buffer.byteLength(payload);
    if (this.#closed) throw new MuntraError('buffer_unavailable', 'The spool is closed', 'try again in a moment');
    if (size > RECORD_HEADER + MAX_PAYLOAD)
      throw new MuntraError('too_large', 'The event is too large', 'send less data');
    if (this.#stored + this.#pendingBytes + size > this.#options.maxBytes)
      throw this.#refuse('it has reached its limit');
    if (this.#pending.length >= PENDING_APPENDS || this.#pendingBytes + size > PENDING_BYTES) {
      throw this.#refuse('the disk is too slow');
    }
    this.#pendingBytes += size;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pending.push({ payload, resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  /** Everything appended so far can be read when this resolves. */
  async sync(): Promise<void> {
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    try {
      await this.#current.sync();
    } catch (error) {
      // What of this file is on disk is unknown now, and another fsync would not tell. Nothing more goes into it.
      this.#options.log.error({ err: error }, 'spool: fsync failed');
      await this.roll();
    }
  }

  /** Begins a new segment, not before `place`. */
  roll(place = 0): Promise<void> {
    return this.#writes(() => this.#roll(place));
  }

  /** Deletes the oldest segment. A deletion that a power cut undoes does no harm: what comes back was stored. */
  async removeOldest(): Promise<void> {
    const [oldest] = this.#segments;
    if (!oldest || oldest === this.current) return;
    await rm(oldest.path, { force: true });
    this.#segments.shift();
    this.#stored -= oldest.size;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    clearTimeout(this.#syncTimer);
    await this.#writes(() => this.#current.seal());
  }

  async #run(): Promise<void> {
    // One turn of the event loop, so that the requests which came in together are written together.
    await nextTurn();
    while (this.#pending.length > 0) {
      const round = this.#pending;
      const bytes = this.#pendingBytes;
      this.#pending = [];
      const error = await this.#writes(() => this.#write(round, bytes)).then(
        () => undefined,
        cause => this.#failure(cause),
      );
      this.#pendingBytes -= bytes;
      for (const append of round) error ? append.reject(error) : append.resolve();
    }
    this.#running = undefined;
  }

  async #write(round: Append[], bytes: number): Promise<void> {
    if (this.current.size >= this.#segmentBytes || this.#current.spoilt) await this.#roll();
    await this.#current.write(encodeRecords(round, bytes), round.length, this.#options.sync === 'always');
    this.#stored += bytes;
    if (this.#options.sync === 'second')
      this.#syncTimer ??= setTimeout(() => this.sync().catch(() => undefined), SYNC_DELAY).unref();
    if (this.#refusing) this.#options.log.info('spool: keeps events again');
    this.#refusing = false;
  }

  async #roll(place = 0): Promise<void> {
    const old = this.#current;
    const base = Math.max(place, this.end);
    this.#current = await SegmentWriter.create(segmentPath(this.#options.dir, base, this.#epoch), base);
    this.#segments.push(this.#current.segment);
    await old.seal();
  }

  #failure(cause: unknown): MuntraError {
    const code = systemCode(cause);
    return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)
      ? this.#refuse('the disk is full', cause)
      : this.#refuse(`it cannot be written (${code})`, cause, 'buffer_unavailable');
  }

  #refuse(problem: string, cause?: unknown, code: 'buffer_full' | 'buffer_unavailable' = 'buffer_full'): MuntraError {
    if (!this.#refusing) this.#options.log.error(`spool: turns events away, ${problem}`);
    this.#refusing = true;
    return new MuntraError(code, `The event cannot be kept: ${problem}`, 'check the disk and the store', { cause });
  }
}
