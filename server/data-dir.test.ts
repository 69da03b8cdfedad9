import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locateDataDir, openDataDir } from './data-dir.ts';

const user = { cwd: '/srv', uid: 1000, env: { HOME: '/home/ada' } };
let temp = '';

beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'muntra-dir-'));
});
afterEach(() => rmSync(temp, { recursive: true }));

describe('locateDataDir', () => {
  test('takes the wanted one, from the working directory', () => {
    expect(locateDataDir('data', user).path).toBe('/srv/data');
    expect(locateDataDir('/srv/muntra', { ...user, uid: 0 })).toEqual({
      path: '/srv/muntra',
      envFile: '/srv/muntra/muntra.env',
      spool: '/srv/muntra/spool',
      doubts: '/srv/muntra/doubts',
      salt: '/srv/muntra/salt',
      sites: '/srv/muntra/sites.json',
    });
  });

  test('else the customary place of the user', () => {
    expect(locateDataDir('', { ...user, uid: 0 }).path).toBe('/var/lib/muntra');
    expect(locateDataDir('', user).path).toBe('/home/ada/.local/share/muntra');
    expect(locateDataDir('', { ...user, env: { HOME: '/home/ada', XDG_DATA_HOME: '/xdg' } }).path).toBe('/xdg/muntra');
    expect(locateDataDir('', { ...user, env: { HOME: '/home/ada', XDG_DATA_HOME: 'rel' } }).path).toBe(
      '/home/ada/.local/share/muntra',
    );
  });
});

describe('openDataDir', () => {
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test('makes it private, and passable under root', () => {
    const own = openDataDir(join(temp, 'a/b'), user);
    expect(mode(own.path)).toBe('700');
    expect(mode(openDataDir(join(temp, 'c'), { ...user, uid: 0 }).path)).toBe('711');
  });

  test('leaves the mode of a directory that stands', () => {
    chmodSync(temp, 0o750);
    openDataDir(temp, user);
    expect(mode(temp)).toBe('750');
  });

  test('a file in the way is an error with a hint', () => {
    const file = join(temp, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')]) {
      expect(() => openDataDir(path, user)).toThrow(
        expect.objectContaining({ code: 'data_dir', message: expect.stringContaining(path) }),
      );
    }
  });

  test.runIf(existsSync('/proc/self'))('a place where there can be no directory is an error', () => {
    expect(() => openDataDir('/proc/muntra/data', user)).toThrow(expect.objectContaining({ code: 'data_dir' }));
  });

  test('a directory that may not be written is an error', () => {
    // Root may write anywhere but in the kernel's own trees.
    const path = process.getuid?.() === 0 ? '/sys/muntra' : join(temp, 'closed');
    if (process.getuid?.() !== 0) mkdirSync(path, { mode: 0o500 });
    expect(() => openDataDir(path, user)).toThrow(expect.objectContaining({ code: 'data_dir' }));
  });
});
