/** The reading end of the spool: goes through the segments in order, and remembers where it stands. */
import type { Logger } from '../log.ts';
import type { Entry } from './buffer.ts';
import type { Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import type { SpoolWriter } from './spool-writer.ts';

/** Bytes of payload in one answer. */
const READ_BYTES = 2 * 2 ** 20;

/** Counts an old segment's entries up to its end or to the first damage. */
export async function examine(segment: Segment, log: Logger): Promise<void> {
  const cursor = await SegmentCursor.open(segment);
  try {
    await cursor.sync();
    if (!(await cursor.walk(segment.size, () => true))) reportDamage(segment, cursor.offset, log);
    segment.entries = cursor.passed;
    segment.readable = cursor.offset;
  } finally {
    await cursor.close();
  }
}

/** Nothing behind damage is looked at: what a visitor sent could look like a record. */
function reportDamage({ path, size }: Segment, offset: number, log: Logger): void {
  log.warn({ path, offset, bytes: size - offset }, 'spool: skips the unreadable end of a segment');
}

/** Its calls must not overlap. */
export class SpoolReader {
  readonly #writer: SpoolWriter;
  readonly #log: Logger;
  #cursor: SegmentCursor | undefined;

  constructor(writer: SpoolWriter, log: Logger) {
    this.#writer = writer;
    this.#log = log;
  }

  /** Up to `limit` entries of one log that end after a place, fewer if they are large. */
  async collect(from: number, limit: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    let bytes = 0;
    let epoch = '';
    const full = () => entries.length >= limit || bytes >= READ_BYTES;
    for (const segment of [...this.#writer.segments]) {
      if (segment.base + segment.readable <= from) continue;
      if (entries.length > 0 && segment.epoch !== epoch) break;
      epoch = segment.epoch;
      const cursor = await this.cursorAt(segment, from);
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

  /** A cursor behind all entries up to a place. The flush goes on where it was, so it seldom has to begin anew. */
  async cursorAt(segment: Segment, place: number): Promise<SegmentCursor> {
    if (this.#cursor?.segment !== segment || segment.base + this.#cursor.offset > place) {
      await this.close();
      this.#cursor = await SegmentCursor.open(segment);
    }
    await this.#cursor.walk(segment.readable, end => segment.base + end <= place);
    return this.#cursor;
  }

  /** Lets go of a segment that is to be deleted. */
  async leave(segment: Segment): Promise<void> {
    if (this.#cursor?.segment === segment) await this.close();
  }

  async close(): Promise<void> {
    const cursor = this.#cursor;
    this.#cursor = undefined;
    await cursor?.close();
  }

  /** Damage since the opening. */
  async #cutOff(segment: Segment, { offset, passed }: SegmentCursor): Promise<void> {
    if (segment === this.#writer.current) await this.#writer.roll();
    reportDamage(segment, offset, this.#log);
    segment.readable = offset;
    segment.entries = passed;
  }
}
