/**
 * One Muntra server per data directory. Node has no flock; its built-in SQLite takes a real file lock, which the kernel
 * releases with the process (kill -9 included), which needs no stale check, and which also holds between containers that
 * share a volume, as a socket or a pid would not (2 ms and 0.6 MB). The file `lock` stays empty.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MuntraError } from './errors.ts';

export interface DataLock {
  release(): void;
}

const SQLITE_BUSY = 5;

/** Throws MuntraError `already_running` when another server holds the directory. */
export function lockDataDir(dir: string): DataLock {
  const path = join(dir, 'lock');
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path);
    lock.exec('BEGIN IMMEDIATE');
  } catch (error) {
    lock?.close();
    throw refusal(dir, path, error);
  }
  return { release: lock.close.bind(lock) };
}

function refusal(dir: string, path: string, cause: unknown): MuntraError {
  if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY) {
    const hint = 'stop it first, or give this one a directory of its own in MUNTRA_DATA_DIR';
    return new MuntraError('already_running', `Another muntra server is running on ${dir}`, hint, { cause });
  }
  return new MuntraError('data_dir', `${path} cannot be locked`, 'check its owner and the disk', { cause });
}
