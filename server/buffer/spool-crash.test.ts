/** A real process writes and is killed; what it was told is kept must be there, once. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import type { Position } from './buffer.ts';
import { drain, texts } from './conformance.ts';
import { openSpool } from './spool.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-spool-'));
});
afterEach(() => rm(dir, { recursive: true }));

const open = () => openSpool({ dir, maxBytes: 2 ** 28, sync: 'second', log: createLogger('silent', process.stdout) });

/** Appends numbered payloads as fast as it can and prints what became of each: `00000042 kept` or `00000042 buffer_full`. */
const WRITER = `
  import { writeSync } from 'node:fs';
  const { openSpool } = await import(process.argv[1]);
  const log = { info() {}, warn() {}, error() {} };
  const spool = await openSpool({ dir: process.argv[2], maxBytes: 2 ** 28, sync: 'second', log });
  for (let next = Number(process.argv[3]); ; ) {
    const batch = Array.from({ length: 1 + (next % 50) }, () => String(next++).padStart(8, '0') + ' '.repeat(next % 3000));
    const results = await Promise.allSettled(batch.map(payload => spool.append(payload)));
    const line = ({ status, reason }, index) => batch[index].slice(0, 8) + ' ' + (reason?.code ?? 'kept') + '\\n';
    writeSync(1, results.map(line).join(''));
  }
`;

/** A writer under way; `told(what)`: the numbers of which it said so. */
function startWriter(first: number, limit = 'unlimited') {
  const module = new URL('./spool.ts', import.meta.url).href;
  const command = [`ulimit -S -f ${limit}; exec "$@"`, 'sh', process.execPath, '--input-type=module', '-e', WRITER];
  const child: ChildProcess = spawn('sh', ['-c', ...command, '--', module, dir, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  return {
    pid: child.pid,
    kill,
    told: (what: string) => numbers(output.split('\n').filter(line => line.endsWith(` ${what}`))),
  };
}

const numbers = (lines: string[]) => lines.map(text => text.slice(0, 8));

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 1000) throw new Error('waited in vain');
    await pause(10);
  }
}

test('kill -9 at random moments: all that was acknowledged is read back, once, from positions never seen', async () => {
  const acknowledged: string[] = [];
  const read: string[] = [];
  let position: Position | null = null;
  const positions = new Set<Position>();
  for (let round = 0; round < 8; round++) {
    const writer = startWriter(round * 1_000_000);
    await until(() => writer.told('kept').length > 0);
    await pause(Math.random() * 60);
    await writer.kill();
    acknowledged.push(...writer.told('kept'));

    const spool = await open();
    const entries = await drain(spool, 500, position);
    for (const entry of entries) positions.add(entry.position);
    read.push(...numbers(texts(entries)));
    position = entries.at(-1)?.position ?? position;
    if (position !== null && round % 2 === 0) await spool.trim(position);
    await spool.close();
  }
  expect(positions.size).toBe(read.length);
  expect(new Set(read).size).toBe(read.length);
  const found = new Set(read);
  expect(acknowledged.filter(number => !found.has(number))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(100);
});

test('a disk that fills up in the middle of a write: refused with a reason, nothing else harmed', async () => {
  const writer = startWriter(0, '200');
  await until(() => writer.told('buffer_full').length > 0);
  execFileSync('prlimit', ['--pid', String(writer.pid), '--fsize=unlimited']);
  const before = writer.told('kept').length;
  await until(() => writer.told('kept').length > before + 500);
  await writer.kill();
  const spool = await open();
  const read = numbers(texts(await drain(spool, 500)));
  await spool.close();
  const found = new Set(read);
  expect(found.size).toBe(read.length);
  expect(writer.told('kept').filter(number => !found.has(number))).toEqual([]);
  expect(writer.told('buffer_full').filter(number => found.has(number))).toEqual([]);
});
