/** Compressed files, told by their names: `a.jsonl.gz`, `a.jsonl.zst`. */
import { pipeline, type Transform } from 'node:stream';
import { createGunzip, createGzip, createZstdCompress, createZstdDecompress } from 'node:zlib';

type Pieces = AsyncIterable<string | Uint8Array>;

const FORMATS: Record<string, { pack(): Transform; unpack(): Transform }> = {
  gz: { pack: createGzip, unpack: createGunzip },
  zst: { pack: createZstdCompress, unpack: createZstdDecompress },
};

const formatOf = (path: string) => FORMATS[/\.(gz|zst)$/.exec(path)?.[1] ?? ''];

export const packed = (pieces: Pieces, path: string): Pieces => through(pieces, formatOf(path)?.pack());

export function unpacked(pieces: AsyncIterable<Uint8Array>, path: string): AsyncIterable<Uint8Array> {
  return through(pieces, formatOf(path)?.unpack());
}

function through<T>(pieces: AsyncIterable<T>, stream: Transform | undefined): AsyncIterable<T> {
  // An error shows where the stream is read.
  return stream ? pipeline(pieces, stream, () => {}) : pieces;
}
