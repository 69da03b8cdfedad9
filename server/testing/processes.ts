/**
 * Real processes for tests and benchmarks, each ended and its directory removed with `close`. Whatever still runs or lies
 * in the way then, grandchildren included, makes `close` throw: a leak turns the test red.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Process {
  readonly pid: number;
  readonly running: boolean;
  /** Resolves with the exit code, null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Both streams as they came, the latest megabyte. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM or `stopSignal`; resolves with the exit code, throws and kills after `within` milliseconds. */
  stop(within?: number): Promise<number | null>;
}

export interface StartOptions {
  cwd?: string;
  /** The whole environment, PATH apart. */
  env?: Record<string, string>;
  uid?: number;
  gid?: number;
  /** What `stop` sends; default SIGTERM. */
  stopSignal?: NodeJS.Signals;
}

export interface Processes {
  /** A new directory that other users may pass through, as the embedded PostgreSQL of root needs. */
  dir(name: string): string;
  start(command: string, args: string[], options?: StartOptions): Process;
  /** Ends all that was started, last first. Throws when something is left behind, after ending that too. */
  close(): Promise<void>;
}

const OUTPUT_LIMIT = 2 ** 20;

export function openProcesses(): Processes {
  const root = mkdtempSync(join(tmpdir(), 'muntra-processes-'));
  chmodSync(root, 0o711);
  const started: Process[] = [];

  return {
    dir(name) {
      const dir = mkdtempSync(join(root, `${name}-`));
      chmodSync(dir, 0o711);
      return dir;
    },
    start(command, args, options = {}) {
      const process = startProcess(command, args, { cwd: root, ...options });
      started.push(process);
      return process;
    },
    async close() {
      const problems: string[] = [];
      for (const process of started.reverse()) {
        await process.stop().catch(error => problems.push(String(error)));
      }
      // What a dead parent leaves may need a moment to notice.
      await gone(() => processesIn(root).length === 0);
      for (const { pid, command } of processesIn(root)) {
        problems.push(`process ${pid} was left behind: ${command}`);
        endQuietly(pid);
      }
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
      if (existsSync(root)) problems.push(`${root} was left behind`);
      if (problems.length > 0) throw new Error(problems.join('\n'));
    },
  };
}

function startProcess(command: string, args: string[], options: StartOptions): Process {
  const env = { PATH: process.env.PATH, ...options.env };
  const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let running = true;
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-OUTPUT_LIMIT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<number | null>(resolve => {
    child.once('error', error => {
      output += error.message;
      running = false;
      resolve(null);
    });
    child.once('exit', code => {
      running = false;
      resolve(code);
    });
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    get running() {
      return running;
    },
    exited,
    output: () => output,
    signal: signal => void child.kill(signal),
    kill,
    async stop(within = 10_000) {
      child.kill(options.stopSignal ?? 'SIGTERM');
      // A process that was stopped (SIGSTOP) takes it only when it goes on.
      child.kill('SIGCONT');
      const timer = new AbortController();
      const late = sleep(within, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const);
      const code = await Promise.race([exited, late]);
      timer.abort();
      if (code !== 'late') return code;
      await kill();
      throw new Error(`process ${child.pid} (${command} ${args.join(' ')}) did not end within ${within} ms\n${output}`);
    },
  };
}

/** Processes that work in a directory or were given it as an argument. */
function processesIn(dir: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const inside = command.includes(dir) || readlinkSync(`/proc/${name}/cwd`).startsWith(dir);
        return inside ? [{ pid: Number(name), command }] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

function endQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

async function gone(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 50; tries++) await sleep(20);
}

/** A TCP port of the loopback that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Asks every 20 ms until the answer is true; throws with `what` after `within` milliseconds. */
export async function until(what: string, ask: () => Promise<boolean> | boolean, within = 20_000): Promise<void> {
  const deadline = Date.now() + within;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${within} ms`);
    await sleep(20);
  }
}
