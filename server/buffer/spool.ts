/**
 * The buffer in files: append-only, cut into segments, in the data directory.
 *
 * Each opening writes a log of its own, under a random epoch and behind all that stands in the files; what earlier
 * openings have left is read first, under theirs. So what the store knows of one opening says nothing of another: also
 * where the directory is put back from an older copy, or such a copy is in use elsewhere, what is appended is not taken
 * for something that was stored, whatever the clock says. What both hold of one log is the same in the same places.
 *
 * A position is the place, in bytes, where an entry ends, and the epoch. Nothing is read before it is on disk, so a
 * power cut leaves no log that is shorter than what the store has of it.
 */
import { mkdir, rm } from 'node:fs/promises';
import { MuntraError, systemCode } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Entry, Buffer as EventBuffer, Position } from './buffer.ts';
import { createLane } from './lane.ts';
import { listSegments, type Segment } from './segment.ts';
import { examine, SpoolReader } from './spool-reader.ts';
import { type SpoolOptions, SpoolWriter } from './spool-writer.ts';

const POSITION = /^(\d{1,16})(?:-([\da-f]{16}))?$/;

/** Opens or creates the spool in `options.dir` (0700). One process at a time: the data directory's lock sees to it. */
export async function openSpool(options: SpoolOptions): Promise<EventBuffer> {
  try {
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    const segments = await listSegments(options.dir);
    for (const segment of segments) await examine(segment, options.log);
    const end = Math.max(0, ...segments.map(({ base, size }) => base + size + 1));
    const kept = segments.filter(({ size }) => size > 0);
    const writer = await SpoolWriter.open(options, kept, end);
    await Promise.all(segments.filter(({ size }) => size === 0).map(({ path }) => rm(path)));
    return new Spool(writer, options.log);
  } catch (cause) {
    const problem = `The spool in ${options.dir} cannot be opened (${systemCode(cause)})`;
    throw new MuntraError('data_dir', problem, 'check its owner and the disk', { cause });
  }
}

class Spool implements EventBuffer {
  readonly kind = 'spool';
  readonly #writer: SpoolWriter;
  readonly #reader: SpoolReader;
  readonly #log: Logger;
  /** Of the oldest log at the opening. Positions without an epoch are of it: all openings once wrote one log. */
  readonly #oldest: string;
  /** The part of the oldest segment that was trimmed: where it ends in the spool, and its entries. */
  #trimmed = { end: 0, entries: 0 };
  /** Whether its files could not be read when that was tried last. */
  #faulty = false;
  /** One at a time: reading and trimming share the cursor. */
  readonly #reads = createLane();

  constructor(writer: SpoolWriter, log: Logger) {
    this.#writer = writer;
    this.#reader = new SpoolReader(writer, log);
    this.#log = log;
    this.#oldest = (writer.segments[0] ?? writer.current).epoch;
  }

  get up(): boolean {
    return this.#writer.up;
  }

  async identity(): Promise<string> {
    const { segments, current } = this.#writer;
    const waits = ({ base, readable }: Segment) => base + readable > Math.max(base, this.#trimmed.end);
    return `spool:${(segments.find(waits) ?? current).epoch}`;
  }

  append(payload: string): Promise<void> {
    return this.#writer.append(payload);
  }

  read(after: Position | null, limit: number): Promise<Entry[]> {
    return this.#reads(async () => {
      const entries = await this.#tryFiles(() => this.#read(after, limit));
      if (this.#faulty) this.#log.info('spool: can be read again');
      this.#faulty = false;
      return entries;
    });
  }

  trim(upTo: Position): Promise<void> {
    return this.#reads(() => this.#tryFiles(() => this.#trim(this.#toPlace(upTo))));
  }

  async depth(): Promise<{ events: number; bytes: number }> {
    const { segments } = this.#writer;
    const events = segments.reduce((sum, segment) => sum + segment.entries, 0) - this.#trimmed.entries;
    const bytes = segments.reduce((sum, segment) => sum + segment.size, 0);
    return { events, bytes: bytes - Math.max(0, this.#trimmed.end - (segments[0]?.base ?? 0)) };
  }

  close(): Promise<void> {
    return this.#reads(async () => {
      await this.#writer.close();
      await this.#reader.close();
    });
  }

  async #read(after: Position | null, limit: number): Promise<Entry[]> {
    const from = Math.max(after === null ? 0 : this.#toPlace(after), this.#trimmed.end);
    if (from > this.#writer.end) await this.#catchUp(from);
    const entries = await this.#reader.collect(from, limit);
    if (entries.length > 0 || this.#writer.synced) return entries;
    await this.#writer.sync();
    return this.#reader.collect(from, limit);
  }

  async #trim(upTo: number): Promise<void> {
    // First of all, for this makes room: a full disk takes no new segment.
    await this.#removeUpTo(upTo);
    if (upTo >= this.#writer.end && this.#writer.current.size > 0) {
      // Two fsyncs, and appends wait for them; under load it is never read to its end. Where no new file can be made this one
      // goes on, trimmed as the oldest may be.
      await this.#writer.roll().catch(() => undefined);
      await this.#removeUpTo(upTo);
    }
    const [oldest] = this.#writer.segments;
    if (!oldest || upTo <= Math.max(oldest.base, this.#trimmed.end)) return;
    const cursor = await this.#reader.cursorAt(oldest, upTo);
    this.#trimmed = { end: oldest.base + cursor.offset, entries: cursor.passed };
  }

  /** Deletes the segments that end there or before, but for the one that is being written. */
  async #removeUpTo(place: number): Promise<void> {
    let [oldest] = this.#writer.segments;
    while (oldest && oldest !== this.#writer.current && place >= oldest.base + oldest.readable) {
      await this.#reader.leave(oldest);
      await this.#writer.removeOldest();
      this.#trimmed = { end: 0, entries: 0 };
      [oldest] = this.#writer.segments;
    }
  }

  /** How far into the spool a position is; the store may know more of an earlier opening than an older copy holds. */
  #toPlace(position: Position): number {
    const [, place, epoch = this.#oldest] = POSITION.exec(position) ?? [];
    if (place === undefined) throw new Error(`not a position of the spool: ${position}`);
    const { segments, current } = this.#writer;
    const last = segments.findLast(segment => segment.epoch === epoch);
    if (!last) return 0;
    return last === current ? Number(place) : Math.min(Number(place), last.base + last.size);
  }

  /** A twin of this very process stored more: a machine copied with its memory. What comes now must not be taken for stored. */
  async #catchUp(place: number): Promise<void> {
    this.#log.error('spool: the store knows later positions; does a copy of this machine run?');
    await this.#writer.roll(place);
  }

  /** A file's error is an outage of this buffer: what is stored can be asked for all the same. One line tells of it. */
  async #tryFiles<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const code = systemCode(cause);
      if (code === '') throw cause;
      if (!this.#faulty) this.#log.error({ err: cause }, 'spool: cannot be read, its events wait');
      this.#faulty = true;
      throw new MuntraError('buffer_unavailable', `The spool cannot be read (${code})`, 'check the disk', { cause });
    }
  }
}
