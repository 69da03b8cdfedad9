/**
 * PostgreSQL's programs as one compressed file: how the packaged executable carries them. An index as JSON, then the
 * contents of the files one after the other, all in zstd.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { constants, createZstdDecompress, zstdCompressSync } from 'node:zlib';

type Entry = { path: string } & ({ link: string } | { size: number; hash: string });

const LENGTH = 4;
const LEVEL = 19;
/** 4 MB: the decompressor keeps as much in memory. */
const WINDOW = 22;

/** All files and symbolic links below a directory, without their modes. */
export function packDirectory(directory: string): Buffer {
  const found = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => ({ link: entry.isSymbolicLink(), path: join(entry.parentPath, entry.name) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const contents: Buffer[] = [];
  const index = found.map(({ link, path: full }): Entry => {
    const path = relative(directory, full);
    if (link) return { path, link: readlinkSync(full) };
    const content = readFileSync(full);
    contents.push(content);
    return { path, size: content.length, hash: sha256(content) };
  });
  const json = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(LENGTH);
  length.writeUInt32LE(json.length);
  return zstdCompressSync(Buffer.concat([length, json, ...contents]), {
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_windowLog]: WINDOW },
  });
}

/**
 * Writes the files below `directory`, which need not exist, piece by piece: whole, they are more than a running Muntra
 * may take. Throws when the archive is damaged.
 */
export async function unpackDirectory(archive: Uint8Array, directory: string): Promise<void> {
  const source = createPieces(Readable.from([archive]).pipe(createZstdDecompress()));
  const length = (await source.take(LENGTH)).readUInt32LE();
  for (const entry of JSON.parse((await source.take(length)).toString()) as Entry[]) {
    const path = join(directory, entry.path);
    mkdirSync(dirname(path), { recursive: true });
    if ('link' in entry) symlinkSync(entry.link, path);
    else await writeFrom(source, path, entry);
  }
}

async function writeFrom(source: Pieces, path: string, { size, hash }: { size: number; hash: string }): Promise<void> {
  const file = openSync(path, 'wx');
  const sum = createHash('sha256');
  try {
    for (let left = size; left > 0; ) {
      const piece = await source.next(left);
      writeSync(file, piece);
      sum.update(piece);
      left -= piece.length;
    }
  } finally {
    closeSync(file);
  }
  if (sum.digest('hex') !== hash) throw new Error(`${path} is damaged in the archive`);
}

interface Pieces {
  /** What is there, `most` bytes at the most. */
  next(most: number): Promise<Buffer>;
  /** Exactly so many bytes. */
  take(size: number): Promise<Buffer>;
}

function createPieces(stream: AsyncIterable<Buffer>): Pieces {
  const chunks = stream[Symbol.asyncIterator]();
  let chunk: Buffer = Buffer.alloc(0);
  const next = async (most: number): Promise<Buffer> => {
    while (chunk.length === 0) {
      const { value, done } = await chunks.next();
      if (done) throw new Error('the archive ends too early');
      chunk = value;
    }
    const piece = chunk.subarray(0, most);
    chunk = chunk.subarray(piece.length);
    return piece;
  };
  return {
    next,
    async take(size) {
      const pieces: Buffer[] = [];
      for (let left = size; left > 0; left -= pieces.at(-1)?.length ?? 0) pieces.push(await next(left));
      return Buffer.concat(pieces);
    },
  };
}

/** 64 hex digits. */
export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
