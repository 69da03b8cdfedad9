/** The writing end of the spool: ends segments at their size and begins new ones, fsyncs in time, keeps to the disk's share. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { MuntraError, systemCode } from '../errors.ts';
import type { Logger } from '../log.ts';
import { GroupCommit } from './group-commit.ts';
import { createLane } from './lane.ts';
import { encodeRecords, RECORD_HEADER } from './record.ts';
import type { Segment } from './segment.ts';
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
const SYNC_DELAY = 1000;
/** So long after it has turned an event away the spool counts as down, unless it takes one. */
const REFUSING = 10_000;

export class SpoolWriter {
  readonly #options: SpoolOptions;
  readonly #segmentBytes: number;
  /** Oldest first; the last one is being written. */
  readonly #segments: Segment[];
  #stored: number;
  #current: SegmentWriter;
  #syncTimer: NodeJS.Timeout | undefined;
  /** When it last turned an event away; undefined: it has taken one since. */
  #refused: number | undefined;
  readonly #writes = createLane();
  readonly #group = new GroupCommit(payloads => this.#writes(() => this.#write(payloads)));

  private constructor(options: SpoolOptions, segments: Segment[], current: SegmentWriter) {
    this.#options = options;
    this.#segmentBytes = Math.min(SEGMENT_BYTES, options.maxBytes / 4);
    this.#segments = segments;
    this.#stored = segments.reduce((sum, { size }) => sum + size, 0);
    this.#current = current;
  }

  /** Goes on after `segments` with a new one, which begins at `base`, in an epoch of its own. */
  static async open(options: SpoolOptions, segments: Segment[], base: number): Promise<SpoolWriter> {
    const current = await SegmentWriter.create(options.dir, base, randomBytes(8).toString('hex'));
    return new SpoolWriter(options, [...segments, current.segment], current);
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get current(): Segment {
    return this.#current.segment;
  }

  get up(): boolean {
    return this.#refused === undefined || performance.now() - this.#refused > REFUSING;
  }

  /** Place in the spool of the next append. */
  get end(): number {
    return this.current.base + this.current.size;
  }

  /** Whether all of it can be read. */
  get synced(): boolean {
    return this.current.readable === this.current.size;
  }

  append(payload: string): Promise<void> {
    const { appends, bytes } = this.#group.load;
    const size = bytes + Buffer.byteLength(payload) + (appends + 1) * RECORD_HEADER;
    const full = this.#stored + size > this.#options.maxBytes;
    return full ? Promise.reject(this.#refuse('it has reached its limit')) : this.#group.append(payload);
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

  /**
   * Deletes the oldest segment. A deletion that a power cut undoes, or that fails, does no harm: what comes back at the next
   * opening was stored.
   */
  async removeOldest(): Promise<void> {
    const [oldest] = this.#segments;
    if (!oldest || oldest === this.current) return;
    this.#segments.shift();
    try {
      await rm(oldest.path, { force: true });
      this.#stored -= oldest.size;
    } catch (error) {
      this.#options.log.error({ err: error }, 'spool: a stored segment cannot be deleted');
    }
  }

  async close(): Promise<void> {
    await this.#group.close();
    clearTimeout(this.#syncTimer);
    await this.#writes(() => this.#current.seal());
  }

  async #write(payloads: string[]): Promise<void> {
    const records = encodeRecords(payloads);
    try {
      if (this.current.size >= this.#segmentBytes || this.#current.spoilt) await this.#roll();
      await this.#current.write(records, payloads.length, this.#options.sync === 'always');
    } catch (error) {
      throw this.#failure(error);
    }
    this.#stored += records.length;
    if (this.#options.sync === 'second') this.#syncSoon();
    if (this.#refused !== undefined) this.#options.log.info('spool: keeps events again');
    this.#refused = undefined;
  }

  #syncSoon(): void {
    // A failure is logged there, and the next write or read meets it.
    this.#syncTimer ??= setTimeout(() => this.sync().catch(() => {}), SYNC_DELAY).unref();
  }

  async #roll(place = 0): Promise<void> {
    const base = Math.max(place, this.end);
    const next = await SegmentWriter.create(this.#options.dir, base, this.current.epoch);
    // The readers meet the next segment, or delete this one, only when all of it can be read.
    await this.#current.seal();
    this.#current = next;
    this.#segments.push(next.segment);
  }

  #failure(cause: unknown): MuntraError {
    const code = systemCode(cause);
    return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)
      ? this.#refuse('the disk is full', cause)
      : this.#refuse(`it cannot be written (${code})`, cause, 'buffer_unavailable');
  }

  #refuse(problem: string, cause?: unknown, code: 'buffer_full' | 'buffer_unavailable' = 'buffer_full'): MuntraError {
    if (this.#refused === undefined) this.#options.log.error(`spool: turns events away, ${problem}`);
    this.#refused = performance.now();
    return new MuntraError(code, `The event cannot be kept: ${problem}`, 'check the disk and the store', { cause });
  }
}
