/** What stands in the place where a file shall go: nothing, a file, a link, something that is no file. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { save } from './save.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-save-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const world = () => ({ cwd: dir, stdout: new PassThrough(), interrupt: new AbortController().signal });
const write = (path: string): Promise<void> => save(Readable.from(['new']), path, world());
const at = (name: string): string => readFileSync(join(dir, name), 'utf8');

describe('saving', () => {
  it('makes a file for its owner alone, and takes the place of another', async () => {
    await write('file');
    expect(lstatSync(join(dir, 'file')).mode & 0o777).toBe(0o600);
    writeFileSync(join(dir, 'other'), 'what was there, longer');
    await write('other');
    expect([at('file'), at('other')]).toEqual(['new', 'new']);
    expect(readdirSync(dir)).toEqual(['file', 'other']);
  });

  it.each([['there is a file'], ['there is nothing yet']])(
    'follows a link, through a linked directory too, to where %s',
    async found => {
      mkdirSync(join(dir, 'a/b'), { recursive: true });
      symlinkSync('a/b', join(dir, 'way'));
      symlinkSync('../file', join(dir, 'a/b/link'));
      if (found === 'there is a file') writeFileSync(join(dir, 'a/file'), 'old');
      await write('way/link');
      expect(at('a/file')).toBe('new');
      expect(lstatSync(join(dir, 'a/b/link')).isSymbolicLink()).toBe(true);
    },
  );

  it('writes into what is no file, behind a link too, and leaves it what it is', async () => {
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    symlinkSync('pipe', join(dir, 'link'));
    for (const name of ['pipe', 'link']) {
      const read = readFile(join(dir, 'pipe'), 'utf8');
      await write(name);
      expect(await read).toBe('new');
    }
    expect(lstatSync(join(dir, 'pipe')).isFIFO()).toBe(true);
    expect(lstatSync(join(dir, 'link')).isSymbolicLink()).toBe(true);
  });

  it('waits for the reader of a pipe until it is interrupted, and tells that he has gone', async () => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const interrupt = AbortSignal.timeout(100);
    await expect(save(Readable.from(['new']), pipe, { ...world(), interrupt })).rejects.toThrow('aborted');
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const more = Readable.from(Array.from({ length: 100 }, () => 'x'.repeat(2 ** 16)));
    const saved = save(more, pipe, world());
    closeSync(reader);
    await expect(saved).rejects.toThrow('pipe cannot be written: its reader is gone');
  });

  it('leaves what was there when the data breaks off', async () => {
    writeFileSync(join(dir, 'file'), 'old');
    async function* broken(): AsyncGenerator<string> {
      yield 'half';
      throw new Error('broken off');
    }
    const saved = save(broken(), 'file', world());
    await expect(saved).rejects.toThrow('broken off');
    expect([at('file'), readdirSync(dir)]).toEqual(['old', ['file']]);
  });

  it('refuses a directory', async () => {
    await expect(write('.')).rejects.toThrow('. cannot be written: it is a directory');
  });

  it('refuses links that lead in a circle', async () => {
    symlinkSync('two', join(dir, 'one'));
    symlinkSync('one', join(dir, 'two'));
    await expect(write('one')).rejects.toThrow('one cannot be written: its links lead in a circle');
  });
});
