/** The segment that is being written: a write that fails leaves no trace in it. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { createLane } from './lane.ts';
import { type Segment, segmentPath } from './segment.ts';

export class SegmentWriter {
  readonly segment: Segment;
  /** Bytes from the start that were written in full. */
  #sound = 0;
  readonly #file: FileHandle;
  readonly #syncs = createLane();

  private constructor(segment: Segment, file: FileHandle) {
    this.segment = segment;
    this.#file = file;
  }

  /** A new file, and its name on disk: the place in the log where it begins is taken for ever. */
  static async create(dir: string, base: number, epoch: string): Promise<SegmentWriter> {
    const path = segmentPath(dir, base, epoch);
    const file = await open(path, 'wx', 0o600);
    try {
      await syncDirectory(dir);
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    return new SegmentWriter({ path, base, epoch, size: 0, readable: 0, entries: 0 }, file);
  }

  /** A failed write could not be undone: nothing may follow it in this file. */
  get spoilt(): boolean {
    return this.#sound !== this.segment.size;
  }

  /** Appends encoded records; `durable`: fsynced, too. When it throws they are not in the segment. */
  async write(records: Buffer, entries: number, durable: boolean): Promise<void> {
    const { segment } = this;
    try {
      for (let done = 0; done < records.length; ) {
        const { bytesWritten } = await this.#file.write(records, done, records.length - done, segment.size + done);
        done += bytesWritten;
      }
      if (durable) await this.#file.datasync();
    } catch (error) {
      await this.#file.truncate(segment.size).catch(() => {
        segment.size += records.length;
      });
      throw error;
    }
    segment.size += records.length;
    segment.entries += entries;
    this.#sound = segment.size;
    if (durable) segment.readable = this.#sound;
  }

  sync(): Promise<void> {
    return this.#syncs(async () => {
      const sound = this.#sound;
      if (sound === this.segment.readable) return;
      await this.#file.datasync();
      this.segment.readable = sound;
    });
  }

  /** Ends it; call once the next segment's name is on disk. */
  async seal(): Promise<void> {
    // If even this fsync fails, what is there may be read all the same: the next segment keeps its places from being
    // given out again.
    await this.sync().catch(() => undefined);
    this.segment.readable = this.#sound;
    await this.#file.close().catch(() => undefined);
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
