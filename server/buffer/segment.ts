/**
 * Segments: the files of the spool. Each holds records one after the other and is named by the place of its first byte
 * in the whole spool and by the epoch of the opening that wrote it, so that the names alone say where the spool goes on.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Segment {
  readonly path: string;
  /** Place in the spool of the file's first byte. */
  readonly base: number;
  readonly epoch: string;
  /** Bytes that were written. */
  size: number;
  /** Bytes from the start that may be read: sound, and on disk. */
  readable: number;
  entries: number;
}

const NAME = /^(\d{16})-([\da-f]{16})\.spool$/;

export function segmentPath(dir: string, base: number, epoch: string): string {
  return join(dir, `${String(base).padStart(16, '0')}-${epoch}.spool`);
}

/** The segments in a directory, oldest first, not yet looked into. */
export async function listSegments(dir: string): Promise<Segment[]> {
  const names = (await readdir(dir)).sort();
  const segments = names.map(async name => {
    const [, base, epoch] = NAME.exec(name) ?? [];
    if (epoch === undefined) return [];
    const path = join(dir, name);
    return [{ path, base: Number(base), epoch, size: (await stat(path)).size, readable: 0, entries: 0 }];
  });
  return (await Promise.all(segments)).flat();
}
