import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogger } from '../log.ts';
import { openSpamList, type SpamList } from './spam-list.ts';

let dir: string;
let path: string;
let list: SpamList | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-spam-'));
  path = join(dir, 'spammers.txt');
});
afterEach(() => {
  list?.close();
  list = undefined;
  rmSync(dir, { recursive: true });
});

function open(file = path): SpamList {
  list = openSpamList({ path: file, log: createLogger('silent', process.stderr), every: 20 });
  return list;
}

test('a host of the list, and what lies under it', () => {
  writeFileSync(path, '# comment\n! spam.org\n\nspam.example\r\nWWW.Shop.Example\ncom\nsub.good.org\n');
  const hosts = ['spam.example', 'a.b.spam.example', 'shop.example', 'sub.good.org'];
  expect(hosts.filter(host => open().has(host))).toEqual(hosts);
  const others = [
    'example',
    'notspam.example',
    'spam.example.org',
    'good.org',
    'spam.org',
    'other.com',
    '',
    '.',
    '[::1]',
  ];
  expect(others.filter(host => open().has(host))).toEqual([]);
});

test('is read anew when it changes', async () => {
  writeFileSync(path, 'spam.example\n');
  const { has } = open();
  writeFileSync(path, 'spam.example\nspam.org\n');
  await vi.waitFor(() => expect(has('spam.org')).toBe(true), 5000);
});

test.each([
  ['not there', () => {}, 'no such file'],
  ['empty', () => writeFileSync(path, '\n'), 'holds no hosts'],
  ['something else', () => writeFileSync(path, 'x'.repeat(2 ** 21)), 'larger than 1 MB'],
])('a file that is %s stops the start', (_, prepare, problem) => {
  prepare();
  expect(() => open()).toThrow(problem);
});

test('without a file nobody is on it', () => {
  expect(open('').has('spam.example')).toBe(false);
});
