import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { builtInTable, tableInPackage } from './built-in-table.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-table-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('is used where npm put it', () => {
  expect(builtInTable(dir)).toBe(tableInPackage());
  expect(readdirSync(dir)).toEqual([]);
});

it('is unpacked once from the executable, and replaced by that of another one', () => {
  const asset = (table: string, mark: string) => ({ bytes: zstdCompressSync(Buffer.from(table)), mark });
  const [first, second] = [asset('first', '0123456789ab'), asset('second', 'ba9876543210')];
  const path = builtInTable(dir, first);
  expect(readFileSync(path, 'utf8')).toBe('first');
  expect(builtInTable(dir, first)).toBe(path);
  expect(readFileSync(builtInTable(dir, second), 'utf8')).toBe('second');
  expect(readdirSync(dir)).toHaveLength(1);
});
