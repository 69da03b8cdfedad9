/**
 * Whom the embedded PostgreSQL runs as. It refuses to run as root, so a root's Muntra lends it another user: the owner of
 * what is there, else `nobody`.
 */
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { MuntraError } from '../errors.ts';

/** Options of `spawn`; empty: the user we are. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** `home` is PostgreSQL's own directory in `dataDir`; it may not exist yet. Throws MuntraError `data_dir`. */
export function postgresAccount(dataDir: string, home: string): Account {
  const directory = statSync(dataDir);
  const owner = statSync(home, { throwIfNoEntry: false }) ?? directory;
  const self = process.getuid?.();
  if (self !== 0) {
    if (self === owner.uid) return {};
    const hint = `start muntra as the user that owns it, or give it away: chown -R ${self} ${dataDir}`;
    throw new MuntraError('data_dir', `${dataDir} belongs to another user (uid ${owner.uid})`, hint);
  }
  const account = owner.uid === 0 ? nobody() : { uid: owner.uid, gid: owner.gid };
  // Another user may then pass through the data directory, and list nothing in it.
  if (account.uid !== directory.uid) chmodSync(dataDir, (directory.mode & 0o7777) | 0o011);
  return account;
}

function nobody(): Account {
  const entry = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return { uid: Number(entry?.[1] ?? 65534), gid: Number(entry?.[2] ?? 65534) };
}
