/** Where the Unix socket of the embedded PostgreSQL lies: beside its files, or elsewhere when that path is too long. */
import { createHash } from 'node:crypto';
import { chownSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MuntraError } from '../errors.ts';
import type { Account } from './account.ts';

/** Only the name of the socket: there is no TCP. */
export const PORT = 5432;

/** Bytes of a socket's path without its final NUL: 107 on Linux, 103 on macOS. */
const LONGEST = 103;

/** A directory that only `account` can enter; `remove` takes away what was made for the socket. */
export function socketDirectory(home: string, account: Account): { path: string; remove(): void } {
  if (Buffer.byteLength(join(home, `.s.PGSQL.${PORT}`)) <= LONGEST) return { path: home, remove: () => {} };
  const path = `/tmp/muntra-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`;
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = account;
  if (process.getuid?.() === 0 && lstatSync(path).uid === 0) chownSync(path, uid, gid);
  const found = lstatSync(path);
  // Anybody may make a directory in /tmp, also one of this name.
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new MuntraError('store_start', `${path} belongs to somebody else`, `remove it, or shorten MUNTRA_DATA_DIR`);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
