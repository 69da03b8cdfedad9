/**
 * The buffer in files: an append-only log, cut into segments, in the data directory.
 *
 * A position is the place in the log, in bytes, where an entry ends. Positions never repeat: each opening begins a new
 * segment behind all that ever stood in the old files, and nothing is read before it is on disk, so a position that the
 * store has seen cannot be lost in a power cut and given out again. The last segment is never deleted, so that the next
 * opening knows where the log ends; a directory without segments is a new log, with a new epoch.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { MuntraError, systemCode } from '../errors.ts';
import type { Entry, Buffer as EventBuffer, Position } from './buffer.ts';
import { createLane } from './lane.ts';
import { listSegments, type Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import { type SpoolOptions, SpoolWriter } from './spool-writer.ts';

/** Bytes of payload in one answer of `read`. */
const READ_BYTES = 2 * 2 ** 20;

/** Opens or creates the log in `options.dir` (0700). One process at a time: the data directory's lock sees to it. */
export async function openSpool(options: SpoolOptions): Promise<EventBuffer> {
  try {
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    const { segments, epoch = randomBytes(8).toString('hex') } = await listSegments(options.dir);
    for (const segment of segments) await examine(segment, options);
    const end = Math.max(0, ...segments.map(({ base, size }) => base + size + 1));
    const kept = segments.filter(({ size }) => size > 0);
    const writer = await SpoolWriter.open(options, epoch, kept, end);
    await Promise.all(segments.filter(({ size }) => size === 0).map(({ path }) => rm(path)));
    return new Spool(writer, `spool:${epoch}`, options);
  } catch (cause) {
    const problem = `The spool in ${options.dir} cannot be opened (${systemCode(cause)})`;
    throw new MuntraError('data_dir', problem, 'check its owner and the disk', { cause });
  }
}

/** Counts an old segment's entries up to its end or to the first damage. */
async function examine(segment: Segment, options: SpoolOptions): Promise<void> {
  const cursor = await SegmentCursor.open(segment);
  try {
    await cursor.sync();
    if (!(await cursor.walk(segment.size, () => true))) reportDamage(segment, cursor.offset, options);
    segment.entries = cursor.passed;
    segment.readable = cursor.offset;
  } finally {
    await cursor.close();
  }
}

/** Nothing behind damage is looked at: what a visitor sent could look like a record. */
function reportDamage({ path, size }: Segment, offset: number, { log }: SpoolOptions): void {
  log.warn({ path, offset, bytes: size - offset }, 'spool: skips the unreadable end of a segment');
}

class Spool implements EventBuffer {
  readonly kind = 'spool';
  readonly #writer: SpoolWriter;
  readonly #identity: string;
  readonly #options: SpoolOptions;
  #cursor: SegmentCursor | undefined;
  /** The part of the oldest segment that was trimmed: where it ends in the log, and its entries. */
  #trimmed = { end: 0, entries: 0 };
  /** One at a time: reading and trimming share the cursor. */
  readonly #reads = createLane();

  constructor(writer: SpoolWriter, identity: string, options: SpoolOptions) {
    this.#writer = writer;
    this.#identity = identity;
    this.#options = options;
  }

  get up(): boolean {
    return this.#writer.up;
  }

  async identity(): Promise<string> {
    return this.#identity;
  }

  append(payload: string): Promise<void> {
    return this.#writer.append(payload);
  }

  read(after: Position | null, limit: number): Promise<Entry[]> {
    return this.#reads(async () => {
      const from = Math.max(after === null ? 0 : toPlace(after), this.#trimmed.end);
      if (from > this.#writer.end) await this.#catchUp(from);
      const entries = await this.#collect(from, limit);
      if (entries.length > 0 || this.#writer.synced) return entries;
      await this.#writer.sync();
      return this.#collect(from, limit);
    });
  }

  trim(upTo: Position): Promise<void> {
    return this.#reads(() => this.#trim(toPlace(upTo)));
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
      await this.#dropCursor();
    });
  }

  async #collect(from: number, limit: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    let bytes = 0;
    const full = () => entries.length >= limit || bytes >= READ_BYTES;
    for (const segment of [...this.#writer.segments]) {
      if (segment.base + segment.readable <= from) continue;
      const cursor = await this.#cursorAt(segment, from);
      const sound = await cursor.walk(segment.readable, (end, chunk, start, stop) => {
        if (full()) return false;
        const payload = Buffer.allocUnsafe(stop - start);
        chunk.copy(payload, 0, start, stop);
        entries.push({ position: String(segment.base + end), payload });
        bytes += stop - start;
        return true;
      });
      if (!sound) await this.#cutOff(segment, cursor);
      if (full()) break;
    }
    return entries;
  }

  async #trim(upTo: number): Promise<void> {
    // First of all, for this makes room: a full disk takes no new segment.
    await this.#removeUpTo(upTo);
    if (upTo >= this.#writer.end && this.#writer.current.size > 0) {
      // Two fsyncs, and appends wait for them; under load it is never read to its end.
      await this.#writer.roll();
      await this.#removeUpTo(upTo);
    }
    const [oldest] = this.#writer.segments;
    if (!oldest || upTo <= Math.max(oldest.base, this.#trimmed.end)) return;
    const cursor = await this.#cursorAt(oldest, upTo);
    this.#trimmed = { end: oldest.base + cursor.offset, entries: cursor.passed };
  }

  /** Deletes the segments that end there or before, but for the one that is being written. */
  async #removeUpTo(place: number): Promise<void> {
    let [oldest] = this.#writer.segments;
    while (oldest && oldest !== this.#writer.current && place >= oldest.base + oldest.readable) {
      if (this.#cursor?.segment === oldest) await this.#dropCursor();
      await this.#writer.removeOldest();
      this.#trimmed = { end: 0, entries: 0 };
      [oldest] = this.#writer.segments;
    }
  }

  /** A cursor behind all entries up to a place. The flush goes on where it was, so it seldom has to begin anew. */
  async #cursorAt(segment: Segment, place: number): Promise<SegmentCursor> {
    if (this.#cursor?.segment !== segment || segment.base + this.#cursor.offset > place) {
      await this.#dropCursor();
      this.#cursor = await SegmentCursor.open(segment);
    }
    await this.#cursor.walk(segment.readable, end => segment.base + end <= place);
    return this.#cursor;
  }

  async #dropCursor(): Promise<void> {
    const cursor = this.#cursor;
    this.#cursor = undefined;
    await cursor?.close();
  }

  /** Damage since the opening. */
  async #cutOff(segment: Segment, { offset, passed }: SegmentCursor): Promise<void> {
    if (segment === this.#writer.current) await this.#writer.roll();
    reportDamage(segment, offset, this.#options);
    segment.readable = offset;
    segment.entries = passed;
  }

  /** The store is ahead of this log, which must be an older copy of itself: what comes now must not be taken for stored. */
  async #catchUp(place: number): Promise<void> {
    this.#options.log.warn({ position: place }, 'spool: the store knows later positions; goes on behind them');
    await this.#writer.roll(place);
  }
}

function toPlace(position: Position): number {
  const place = Number(position);
  if (!Number.isSafeInteger(place)) throw new Error(`not a position of the spool: ${position}`);
  return place;
}
