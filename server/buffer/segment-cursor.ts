/** Reads the records of one segment in order, checked, in bounded memory, and remembers where it stands. */
import { type FileHandle, open } from 'node:fs/promises';
import { MAX_PAYLOAD } from './group-commit.ts';
import { RECORD_HEADER, recordEnd } from './record.ts';
import type { Segment } from './segment.ts';

const CHUNK = 4 * (RECORD_HEADER + MAX_PAYLOAD);

export class SegmentCursor {
  /** File offset behind the last record passed, and how many were passed. */
  offset = 0;
  passed = 0;
  readonly segment: Segment;
  readonly #file: FileHandle;
  readonly #chunk = Buffer.allocUnsafe(CHUNK);
  /** chunk[0, filled) is file[start, start + filled). */
  #start = 0;
  #filled = 0;

  private constructor(segment: Segment, file: FileHandle) {
    this.segment = segment;
    this.#file = file;
  }

  static async open(segment: Segment): Promise<SegmentCursor> {
    return new SegmentCursor(segment, await open(segment.path, 'r'));
  }

  /**
   * Shows each record before file offset `limit` to `pass`, until that answers false: the record then is the next one of
   * the following walk. False if the walk met damage; it stands before it.
   */
  async walk(limit: number, pass: (end: number, chunk: Buffer, from: number, to: number) => boolean): Promise<boolean> {
    while (this.offset < limit) {
      const wanted = Math.min(RECORD_HEADER + MAX_PAYLOAD, limit - this.offset);
      if (this.#start + this.#filled < this.offset + wanted) await this.#fill(limit);
      const at = this.offset - this.#start;
      const to = recordEnd(this.#chunk, at, Math.min(this.#filled, limit - this.#start));
      if (to === undefined) return false;
      if (!pass(this.#start + to, this.#chunk, at + RECORD_HEADER, to)) return true;
      this.offset = this.#start + to;
      this.passed++;
    }
    return true;
  }

  async #fill(limit: number): Promise<void> {
    this.#start = this.offset;
    this.#filled = 0;
    const wanted = Math.min(CHUNK, limit - this.#start);
    while (this.#filled < wanted) {
      const { bytesRead } = await this.#file.read(
        this.#chunk,
        this.#filled,
        wanted - this.#filled,
        this.offset + this.#filled,
      );
      if (bytesRead === 0) return;
      this.#filled += bytesRead;
    }
  }

  /** Brings to disk what a killed process had left with the kernel. */
  sync(): Promise<void> {
    return this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
