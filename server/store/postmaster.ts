/**
 * The process of a cluster, by its lock file `postmaster.pid`: finding the one that a killed muntra left behind, and
 * ending one. A left-over is stopped and not adopted, so that the postmaster is always our child, with our settings.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeDurably } from '../durable-file.ts';
import { systemCode } from '../errors.ts';

const PID_LINE = 0;
const STATUS_LINE = 7;

/** Fast, then immediate (without a checkpoint: the next start replays the log), then at once; milliseconds for each. */
const ESCALATION = [
  ['SIGINT', 4_000],
  ['SIGQUIT', 2_000],
  ['SIGKILL', 10_000],
] as const;

export function isReady(data: string, pid: number): boolean {
  const lines = readLock(data);
  return Number(lines[PID_LINE]) === pid && lines[STATUS_LINE]?.trim() === 'ready';
}

/** Ends the server that holds the cluster, if any, and clears its lock from what would keep the next one from starting. */
export async function endLeftover(data: string): Promise<number | undefined> {
  const lines = readLock(data);
  const pid = Number(lines[PID_LINE]);
  if (Number.isInteger(pid) && pid > 0 && isPostmasterOf(data, pid)) {
    await shutDown(pid, ended(data, pid));
    return pid;
  }
  disown(data, lines);
  return undefined;
}

/**
 * The process of that id is no server of ours (ids repeat, in containers above all), but PostgreSQL would take any live
 * process for one. It trusts its own parent, so we enter ourselves; the rest of the file guards the shared memory.
 */
function disown(data: string, lines: string[]): void {
  const path = lockFile(data);
  if (lines.length < STATUS_LINE) rmSync(path, { force: true });
  else writeDurably(path, [process.pid, ...lines.slice(1)].join('\n'));
}

/** `exited` resolves when the process is gone. */
export async function shutDown(pid: number, exited: Promise<unknown>): Promise<void> {
  for (const [signal, patience] of ESCALATION) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (systemCode(error) === 'ESRCH') return;
      throw error;
    }
    if (await Promise.race([exited.then(() => true), sleep(patience, false, { ref: false })])) return;
  }
}

async function ended(data: string, pid: number): Promise<void> {
  for (let i = 0; i < 1_000 && isPostmasterOf(data, pid); i++) await sleep(20);
}

/**
 * A postmaster works in its cluster's directory, which Linux tells; elsewhere its arguments must do, and for a root without
 * CAP_SYS_PTRACE, as in containers, from whom that directory is kept.
 */
function isPostmasterOf(data: string, pid: number): boolean {
  const cluster = realpathSync(data);
  if (process.platform === 'linux') {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === cluster;
    } catch (error) {
      if (systemCode(error) !== 'EACCES' || ownerOf(`/proc/${pid}`) !== ownerOf(data)) return false;
    }
  }
  // As launch.ts starts it.
  const given = / -D (.+?) -c /.exec(argumentsOf(pid))?.[1] ?? '';
  return existsSync(given) && realpathSync(given) === cluster;
}

const ownerOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.uid;

function argumentsOf(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

const lockFile = (data: string): string => join(data, 'postmaster.pid');

function readLock(data: string): string[] {
  try {
    return readFileSync(lockFile(data), 'utf8').split('\n');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
