import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataDir } from './data-lock.ts';

let temp = '';
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'muntra-lock-'));
});
afterEach(() => rmSync(temp, { recursive: true }));

const running = expect.objectContaining({
  code: 'already_running',
  message: expect.stringContaining('Another muntra'),
});

test('one holder at a time', () => {
  const first = lockDataDir(temp);
  expect(() => lockDataDir(temp)).toThrow(running);
  first.release();
  lockDataDir(temp).release();
});

test('another process holds it until it is killed', async () => {
  const module = JSON.stringify(new URL('./data-lock.ts', import.meta.url).href);
  const script = `const { lockDataDir } = await import(${module}); lockDataDir(${JSON.stringify(temp)});
    console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  expect(() => lockDataDir(temp)).toThrow(running);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  lockDataDir(temp).release();
});

test('a directory that is gone is an error with a hint', () => {
  expect(() => lockDataDir(join(temp, 'gone'))).toThrow(expect.objectContaining({ code: 'data_dir' }));
});
