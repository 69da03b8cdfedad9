/**
 * Segments: the files of the spool. Each holds records one after the other and is named by the log's epoch and by the
 * place of its first byte in the whole log, so that the names alone say where the log goes on.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Segment {
  readonly path: string;
  /** Place in the log of the file's first byte. */
  readonly base: number;
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

/** The segments in a directory, oldest first, not yet looked into; `epoch` undefined when there is none. */
export async function listSegments(dir: string): Promise<{ segments: Segment[]; epoch: string | undefined }> {
  const names = (await readdir(dir)).filter(name => NAME.test(name)).sort();
  const segments = names.map(async name => {
    const path = join(dir, name);
    return { path, base: Number(name.slice(0, 16)), size: (await stat(path)).size, readable: 0, entries: 0 };
  });
  return { segments: await Promise.all(segments), epoch: NAME.exec(names.at(-1) ?? '')?.[2] };
}
