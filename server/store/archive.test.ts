import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packDirectory, unpackDirectory } from './archive.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-archive-'));
  mkdirSync(join(dir, 'from/lib'), { recursive: true });
  writeFileSync(join(dir, 'from/empty'), '');
  writeFileSync(join(dir, 'from/lib/libpq.so.5.18'), 'the library');
  symlinkSync('libpq.so.5.18', join(dir, 'from/lib/libpq.so.5'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('gives back files and symbolic links', async () => {
  await unpackDirectory(packDirectory(join(dir, 'from')), join(dir, 'to'));
  expect(readFileSync(join(dir, 'to/empty'), 'utf8')).toBe('');
  expect(readFileSync(join(dir, 'to/lib/libpq.so.5.18'), 'utf8')).toBe('the library');
  expect(readlinkSync(join(dir, 'to/lib/libpq.so.5'))).toBe('libpq.so.5.18');
});

it('refuses a file that is not what was packed', async () => {
  const bytes = zstdDecompressSync(packDirectory(join(dir, 'from')));
  bytes.write('X', bytes.indexOf('the library'));
  await expect(unpackDirectory(zstdCompressSync(bytes), join(dir, 'to'))).rejects.toThrow('libpq.so.5.18 is damaged');
  const cut = zstdCompressSync(bytes.subarray(0, -1));
  await expect(unpackDirectory(cut, join(dir, 'cut'))).rejects.toThrow('ends too early');
});
