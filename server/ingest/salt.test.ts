import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileSalt } from './salt.ts';

const MIDNIGHT = Date.UTC(2025, 6, 1);
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-salt-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('one salt a day, private, and the old one is gone', async () => {
  const source = fileSalt(dir, () => MIDNIGHT - 1000);
  const before = await source.at(MIDNIGHT - 1);
  expect(before).toMatch(/^[\da-f]{64}$/);
  expect(readdirSync(dir)).toEqual(['salt-2025-06-30']);
  expect(statSync(join(dir, 'salt-2025-06-30')).mode & 0o777).toBe(0o600);

  const after = await source.at(MIDNIGHT);
  expect(after).toMatch(/^[\da-f]{64}$/);
  expect(after).not.toBe(before);
  expect(readdirSync(dir)).toEqual(['salt-2025-07-01']);
  await source.close();
});

test('the old bytes are overwritten before the file is unlinked', async () => {
  const source = fileSalt(dir, () => MIDNIGHT - 1000);
  const path = join(dir, 'salt-2025-06-30');
  linkSync(path, join(dir, 'other-name'));
  await source.at(MIDNIGHT);
  expect(readFileSync(join(dir, 'other-name'))).toEqual(Buffer.alloc(64));
  await source.close();
});

test('a restart within the day keeps it, one on another day does not', async () => {
  const first = fileSalt(dir, () => MIDNIGHT);
  const salt = await first.at(MIDNIGHT);
  await first.close();
  const second = fileSalt(dir, () => MIDNIGHT + 3_600_000);
  expect(await second.at(MIDNIGHT + 3_600_000)).toBe(salt);
  await second.close();
  const third = fileSalt(dir, () => MIDNIGHT + 86_400_000);
  expect(readdirSync(dir)).toEqual(['salt-2025-07-02']);
  await third.close();
});

test('what a crash left half written is made anew', async () => {
  writeFileSync(join(dir, 'salt-2025-07-01'), 'abc');
  writeFileSync(join(dir, 'salt-2025-07-01.0123456789ab.tmp'), 'a'.repeat(64));
  const source = fileSalt(dir, () => MIDNIGHT);
  expect(await source.at(MIDNIGHT)).toMatch(/^[\da-f]{64}$/);
  expect(readdirSync(dir)).toEqual(['salt-2025-07-01']);
  await source.close();
});

test('a disk that refuses is an error for the event, and is tried again', async () => {
  rmSync(dir, { recursive: true });
  const source = fileSalt(join(dir, 'salt'), () => MIDNIGHT);
  rmSync(join(dir, 'salt'), { recursive: true });
  expect(() => source.at(MIDNIGHT + 86_400_000)).toThrow();
  const again = fileSalt(join(dir, 'salt'), () => MIDNIGHT);
  expect(await source.at(MIDNIGHT + 86_400_000)).toMatch(/^[\da-f]{64}$/);
  await Promise.all([source.close(), again.close()]);
});
