/** Looks for many things at once in many bytes: files of a directory, the memory of a process. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

export interface ByteSearch {
  /** Names of what the bytes hold. */
  bytes(haystack: Buffer): string[];
  /** `name in path` for whatever the files below a directory hold. */
  files(directory: string): string[];
  /** Of a process of ours. */
  memory(pid: number): string[];
}

/** What is read at once of a process. */
const PIECE = 2 ** 24;

/** `needles`: names, and the bytes of each, at least two. */
export function byteSearch(needles: Iterable<readonly [name: string, needle: Buffer]>): ByteSearch {
  /** By the first two bytes: nearly all places are passed over with one look. */
  const byStart = Map.groupBy(needles, ([, needle]) => needle.readUInt16BE());
  const starts = new Uint8Array(2 ** 16);
  for (const start of byStart.keys()) starts[start] = 1;

  function bytes(haystack: Buffer): string[] {
    const found = new Set<string>();
    for (let at = 0, start = haystack[0] ?? 0; at + 1 < haystack.length; at++) {
      start = ((start << 8) | (haystack[at + 1] ?? 0)) & 0xffff;
      if (starts[start] === 0) continue;
      for (const [name, needle] of byStart.get(start) ?? []) {
        if (haystack.subarray(at, at + needle.length).equals(needle)) found.add(name);
      }
    }
    return [...found];
  }

  return {
    bytes,
    files(directory) {
      return readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap(name => {
        const path = join(directory, name);
        return isFile(path) ? bytes(readFileSync(path)).map(found => `${found} in ${path}`) : [];
      });
    },
    memory(pid) {
      const found = new Set<string>();
      for (const piece of piecesOf(pid)) for (const name of bytes(piece)) found.add(name);
      return [...found];
    },
  };
}

/** What is a file, and still there. */
function isFile(path: string): boolean {
  const stats: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ?? false;
}

/** The memory that a process may write: its heap, stacks and data. What is not there at the moment is passed over. */
function* piecesOf(pid: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from = '', to = ''] = /^([\da-f]+)-([\da-f]+) rw/.exec(line) ?? [];
      const end = Number.parseInt(to, 16);
      for (let at = Number.parseInt(from, 16); at < end; at += PIECE) yield read(memory, at, Math.min(PIECE, end - at));
    }
  } finally {
    closeSync(memory);
  }
}

function read(file: number, at: number, length: number): Buffer {
  const piece = Buffer.alloc(length);
  try {
    return piece.subarray(0, readSync(file, piece, 0, length, at));
  } catch {
    return piece.subarray(0, 0);
  }
}
