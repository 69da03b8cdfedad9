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
import type { Entry, Buffer as EventBuffer, Position } from './buffer.ts';
import { createLane } from './lane.ts';
import { listSegments, type Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import { type SpoolOptions, SpoolWriter } from './spool-writer.ts';

/** Bytes of payload in one answer of `read`. */
const READ_BYTES = 2 * 2 ** 20;
const POSITION = /^(\d{1,16})(?:-([\da-f]{16}))?$/;

/** Opens or creates the spool in `options.dir` (0700). One process at a time: the data directory's lock sees to it. */
export async function openSpool(options: SpoolOptions): Promise<EventBuffer> {
  try {
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    const segments = await listSegments(options.dir);
    for (const segment of segments) await examine(segment, options);
    const end = Math.max(0, ...segments.map(({ base, size }) => base + size + 1));
    const kept = segments.filter(({ size }) => size > 0);
    const writer = await SpoolWriter.open(options, kept, end);
    await Promise.all(segments.filter(({ size }) => size === 0).map(({ path }) => rm(path)));
    return new Spool(writer, options);
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
  readonly #options: SpoolOptions;
  /** Of the oldest log at the opening. Positions without an epoch are of it: all openings once wrote one log. */
  readonly #oldest: string;
  #cursor: SegmentCursor | undefined;
  /** The part of the oldest segment that was trimmed: where it ends in the spool, and its entries. */
  #trimmed = { end: 0, entries: 0 };
  /** One at a time: reading and trimming share the cursor. */
  readonly #reads = createLane();

  constructor(writer: SpoolWriter, options: SpoolOptions) {
    this.#writer = writer;
    this.#options = options;
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
      const from = Math.max(after === null ? 0 : this.#toPlace(after), this.#trimmed.end);
      if (from > this.#writer.end) await this.#catchUp(from);
      const entries = await this.#collect(from, limit);
      if (entries.length > 0 || this.#writer.synced) return entries;
      await this.#writer.sync();
      return this.#collect(from, limit);
    });
  }

  trim(upTo: Position): Promise<void> {
    return this.#reads(() => this.#trim(this.#toPlace(upTo)));
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
    let epoch = '';
    const full = () => entries.length >= limit || bytes >= READ_BYTES;
    for (const segment of [...this.#writer.segments]) {
      if (segment.base + segment.readable <= from) continue;
      if (entries.length > 0 && segment.epoch !== epoch) break;
      epoch = segment.epoch;
      const cursor = await this.#cursorAt(segment, from);
      const sound = await cursor.walk(segment.readable, (end, chunk, start, stop) => {
        if (full()) return false;
        const payload = Buffer.allocUnsafe(stop - start);
        chunk.copy(payload, 0, start, stop);
        entries.push({ position: `${segment.base + end}-${epoch}`, payload });
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
    this.#options.log.error('spool: the store knows later positions; does a copy of this machine run?');
    await this.#writer.roll(place);
  }
}
