/** A file, or stdin, to be read once from beginning to end; a compressed one is unpacked on the way. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { World } from '../world.ts';
import { unpacked } from './compression.ts';
import { fileFailure } from './failure.ts';

export interface Source {
  /** Bytes of the file; undefined where nobody can know. */
  size: number | undefined;
  /** Throws MuntraError `file`. */
  pieces: AsyncIterable<Uint8Array>;
  /** How much of it is read, from 0 to 1. */
  share(): number | undefined;
}

/** `-`: stdin. `name`: its ending tells how it is compressed. Throws MuntraError `file`. */
export function openSource(path: string, { cwd, stdin }: Pick<World, 'cwd' | 'stdin'>, name = path): Source {
  const file = resolve(cwd, path);
  const size = path === '-' ? undefined : sizeOf(file, path);
  let read = 0;
  async function* tallied(): AsyncGenerator<Uint8Array> {
    for await (const piece of path === '-' ? stdin : createReadStream(file)) {
      read += piece.length;
      yield Buffer.from(piece);
    }
  }
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      yield* unpacked(tallied(), name);
    } catch (error) {
      throw fileFailure('read', path, error);
    }
  }
  return { size, pieces: pieces(), share: () => (size ? Math.min(read / size, 1) : undefined) };
}

function sizeOf(file: string, path: string): number | undefined {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    throw fileFailure('read', path, error);
  }
}

const HEAD = 2 ** 20;

/** A name for what is in a source, of its first megabyte and its size, and its pieces from the first one on. */
export async function fingerprint({ size, pieces }: Source): Promise<{ name: string; pieces: Source['pieces'] }> {
  const rest = pieces[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  const head: Uint8Array[] = [];
  for (let bytes = 0; bytes < HEAD; ) {
    const { done, value } = await rest.next();
    if (done) break;
    hash.update(value.subarray(0, HEAD - bytes));
    head.push(value);
    bytes += value.length;
  }
  const name = [hash.digest('hex'), size].filter(part => part !== undefined).join('-');
  return { name, pieces: joined(head, rest) };
}

async function* joined(head: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* head;
  yield* { [Symbol.asyncIterator]: () => rest };
}
