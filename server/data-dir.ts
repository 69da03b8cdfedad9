/**
 * The data directory: where it is, that it exists, and that it can be written. Everything Muntra keeps on disk lies in it.
 */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { MuntraError, systemCode } from './errors.ts';

export interface DataDir {
  path: string;
  /** `muntra.env`, 0600. */
  envFile: string;
  /** Made by the spool, 0700. */
  spool: string;
  /** Made by the Redis buffer, 0700. */
  doubts: string;
  /** Made by the salt, 0700. */
  salt: string;
  /** Snapshot of the sites. */
  sites: string;
}

/** What the place depends on; `uid` undefined where the system has none. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  uid: number | undefined;
}

const ROOT_DIR = '/var/lib/muntra';

/** Where the data is, without touching the disk: `wanted` if not empty, else the customary place of this user. */
export function locateDataDir(wanted: string, { env, cwd, uid }: Surroundings): DataDir {
  const path = wanted === '' ? customary(env, uid) : resolve(cwd, wanted);
  return {
    path,
    envFile: join(path, 'muntra.env'),
    spool: join(path, 'spool'),
    doubts: join(path, 'doubts'),
    salt: join(path, 'salt'),
    sites: join(path, 'sites.json'),
  };
}

function customary(env: Surroundings['env'], uid: number | undefined): string {
  if (uid === 0) return ROOT_DIR;
  const xdg = env.XDG_DATA_HOME ?? '';
  // The XDG specification: a relative path is to be ignored.
  return join(isAbsolute(xdg) ? xdg : join(env.HOME || homedir(), '.local', 'share'), 'muntra');
}

/** Creates the directory if need be; throws MuntraError `data_dir` unless it can be written. */
export function openDataDir(wanted: string, surroundings: Surroundings): DataDir {
  const dir = locateDataDir(wanted, surroundings);
  try {
    // Private, except that the embedded PostgreSQL of a root's Muntra runs as `nobody` and must pass through to its own
    // directory. 0711 lets it pass and list nothing; what is secret in here (see DataDir) has a private mode of its own.
    makeDirectory(dir.path, surroundings.uid === 0 ? 0o711 : 0o700);
    if (!statSync(dir.path).isDirectory()) throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
    accessSync(dir.path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unusable(dir.path, error);
  }
  return dir;
}

/**
 * Root becomes the user whom the directory belongs to, for the rest of the process. What root made there, the service could
 * neither read nor remove.
 */
export function becomeOwner({ path }: DataDir): void {
  const { uid, gid } = statSync(path);
  if (process.getuid?.() !== 0 || uid === 0) return;
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

/** Node's own `recursive` never returns where a parent refuses directories, as /proc does. */
function makeDirectory(path: string, mode: number): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path), mode);
  mkdirSync(path, { mode });
}

const PROBLEMS: Record<string, string> = {
  EACCES: 'this user may not write there',
  ENOENT: 'there can be no directory there',
  EPERM: 'this user may not write there',
  EROFS: 'it lies on a read-only file system',
  EEXIST: 'a file of that name is in the way',
  ENOTDIR: 'a file is in the way',
  ENOSPC: 'the disk is full',
};

function unusable(path: string, cause: unknown): MuntraError {
  const problem = PROBLEMS[systemCode(cause)] ?? systemCode(cause);
  const hint = `make ${path} a directory that this user may write, or name another in MUNTRA_DATA_DIR`;
  return new MuntraError('data_dir', `The data directory ${path} cannot be used: ${problem}`, hint, { cause });
}
