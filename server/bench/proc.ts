/** What /proc knows about processes: CPU time and memory. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every platform that Node runs on. */
const TICK_MS = 10;

interface Stat {
  parent: number;
  ownMs: number;
  /** Of children that ended and were waited for. */
  childrenMs: number;
}

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before ')' may hold anything; after it: state, parent, ... utime, stime, cutime, cstime at 11 to 14.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
    return { parent: fields[1] ?? 0, ownMs: (utime + stime) * TICK_MS, childrenMs: (cutime + cstime) * TICK_MS };
  } catch {
    return undefined;
  }
}

/** The process and its children, which is all there is to a PostgreSQL. */
export function family(pid: number): number[] {
  const pids = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number);
  return [pid, ...pids.filter(other => stat(other)?.parent === pid)];
}

/** CPU milliseconds of one process. */
export function cpuOf(pid: number): number {
  return stat(pid)?.ownMs ?? 0;
}

/** CPU milliseconds of a process and its children, ended ones included. */
export function cpuOfFamily(pid: number): number {
  const ended = stat(pid)?.childrenMs ?? 0;
  return family(pid).reduce((sum, member) => sum + cpuOf(member), ended);
}

export interface Memory {
  rss: number;
  /** The highest RSS in the life of the process. */
  peak: number;
  /** Its share: pages that n processes share count for 1/n. */
  pss: number;
  /** What is no page of a file: heap, stacks, code made at run time. */
  private: number;
}

/** Bytes. Throws when there is no such process. */
export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    rss: kilobytes(rollup, 'Rss'),
    peak: kilobytes(status, 'VmHWM'),
    pss: kilobytes(rollup, 'Pss'),
    private: kilobytes(status, 'RssAnon'),
  };
}

/** Files, sockets and whatever else a process has open. */
export function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Bytes of all together, pages that they share counted once; those that ended meanwhile count nothing. */
export function pssOf(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      return sum + memoryOf(pid).pss;
    } catch {
      return sum;
    }
  }, 0);
}

function kilobytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
}
