import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { freePort, openProcesses, type Processes, until } from './processes.ts';

let processes: Processes | undefined;
afterEach(() => processes?.close());

function open(): Processes {
  processes = openProcesses();
  return processes;
}

describe('openProcesses', () => {
  test('ends what still runs and removes its directories', async () => {
    const own = open();
    const dir = own.dir('some');
    const shell = own.start('sleep', ['60'], { cwd: dir });
    await own.close();
    expect(shell.running).toBe(false);
    expect(existsSync(dir)).toBe(false);
  });

  test('throws when a grandchild outlives its parent, and ends it', async () => {
    const own = open();
    const parent = own.start('sh', ['-c', 'sleep 60 & echo $!; exec sleep 61'], { cwd: own.dir('some') });
    await until('the child', () => parent.output().includes('\n'));
    const grandchild = Number(parent.output());
    await expect(own.close()).rejects.toThrow(`process ${grandchild} was left behind: sleep 60`);
    await until('the end of the grandchild', () => !isRunning(grandchild));
  });

  test('kills what does not heed SIGTERM, and says so', async () => {
    const deaf = open().start('sh', ['-c', 'trap "" TERM; echo deaf; exec sleep 60']);
    await until('the trap', () => deaf.output() === 'deaf\n');
    await expect(deaf.stop(200)).rejects.toThrow('did not end within 200 ms');
    expect(deaf.running).toBe(false);
  });

  test('stops what is frozen', async () => {
    const frozen = open().start('sleep', ['60']);
    frozen.signal('SIGSTOP');
    expect(await frozen.stop()).toBe(null);
  });

  test('reports a command that does not exist in its output', async () => {
    const missing = open().start('/no/such/command', []);
    await until('the error', () => !missing.running);
    expect(missing.output()).toContain('ENOENT');
  });

  test('gives only the environment it was told', async () => {
    const env = open().start('env', [], { env: { MUNTRA_X: '1' } });
    await until('the end', () => !env.running);
    expect(env.output()).toMatch(/^PATH=.*\nMUNTRA_X=1\n$/);
  });
});

test('freePort gives ports that can be listened on', async () => {
  expect(await freePort()).toBeGreaterThan(1023);
});

/** A zombie, until its parent looks, counts as ended. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/exe`);
}
