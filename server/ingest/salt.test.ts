import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { fileSalt } from './salt.ts';

const MIDNIGHT = Date.UTC(2025, 6, 1);
const DAY = 86_400_000;
const log = createLogger('silent', process.stdout);
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-salt-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('one salt a day, private, and the old one is gone', async () => {
  const source = fileSalt(dir, () => MIDNIGHT - 1000, log);
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
  const source = fileSalt(dir, () => MIDNIGHT - 1000, log);
  const path = join(dir, 'salt-2025-06-30');
  linkSync(path, join(dir, 'other-name'));
  await source.at(MIDNIGHT);
  expect(readFileSync(join(dir, 'other-name'))).toEqual(Buffer.alloc(64));
  await source.close();
});

test('a restart within the day keeps it, one on another day does not', async () => {
  const first = fileSalt(dir, () => MIDNIGHT, log);
  const salt = await first.at(MIDNIGHT);
  await first.close();
  const second = fileSalt(dir, () => MIDNIGHT + 3_600_000, log);
  expect(await second.at(MIDNIGHT + 3_600_000)).toBe(salt);
  await second.close();
  const third = fileSalt(dir, () => MIDNIGHT + DAY, log);
  expect(readdirSync(dir)).toEqual(['salt-2025-07-02']);
  await third.close();
});

test('what a crash left half written is made anew', async () => {
  writeFileSync(join(dir, 'salt-2025-07-01'), 'abc');
  writeFileSync(join(dir, 'salt-2025-07-01.0123456789ab.tmp'), 'a'.repeat(64));
  const source = fileSalt(dir, () => MIDNIGHT, log);
  expect(await source.at(MIDNIGHT)).toMatch(/^[\da-f]{64}$/);
  expect(readdirSync(dir)).toEqual(['salt-2025-07-01']);
  await source.close();
});

test('a disk that refuses is an error for the event, logged once, and is tried again', async () => {
  const lines: string[] = [];
  const place = join(dir, 'salt');
  const source = fileSalt(place, () => MIDNIGHT, createLogger('info', { write: line => lines.push(line) }));
  rmSync(place, { recursive: true });
  const refused = { code: 'not_ready', message: expect.stringContaining('salt'), cause: expect.anything() };
  for (const after of [1, 2, 3]) {
    expect(() => source.at(MIDNIGHT + after * DAY)).toThrow(expect.objectContaining(refused));
    expect(() => source.adopt(MIDNIGHT, 'a'.repeat(64))).toThrow(expect.objectContaining(refused));
  }
  expect(lines).toEqual([expect.stringMatching(/"level":"error".*ENOENT/)]);
  mkdirSync(place);
  source.adopt(MIDNIGHT, 'a'.repeat(64));
  expect(readFileSync(join(place, 'salt-2025-07-01'), 'utf8')).toBe(source.at(MIDNIGHT));
  expect(source.at(MIDNIGHT + DAY)).toMatch(/^[\da-f]{64}$/);
  expect(lines.slice(1)).toEqual([expect.stringContaining('is kept again')]);
  await source.close();
});
