/**
 * PostgreSQL's files: made once by initdb in a temporary directory and then renamed, so that a kill in the middle leaves
 * nothing half-made. Locale C and UTF-8; only who can enter its private directory can connect, so it wants no password.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { syncDirectory } from '../durable-file.ts';
import { MuntraError } from '../errors.ts';
import type { Account } from './account.ts';
import { explainFailure } from './failure.ts';

/** The superuser that initdb makes. */
export const USER = 'muntra';

export const ENVIRONMENT = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const INITDB = ['--encoding=UTF8', '--locale=C', `--username=${USER}`, '--auth=trust', '--wal-segsize=4'];

/** Makes the cluster `data` unless it is there. Throws MuntraError `store_start` or `data_dir`. */
export async function createCluster(data: string, programs: string, account: Account, durable: boolean): Promise<void> {
  if (existsSync(data)) return;
  const home = join(data, '..');
  for (const name of readdirSync(home)) {
    if (name.startsWith('data.new-')) rmSync(join(home, name), { recursive: true, maxRetries: 3 });
  }
  const temporary = join(home, `data.new-${randomBytes(6).toString('hex')}`);
  const options = { ...account, cwd: home, env: ENVIRONMENT };
  try {
    const flags = durable ? INITDB : [...INITDB, '--no-sync'];
    await promisify(execFile)(join(programs, 'bin', 'initdb'), [...flags, '-D', temporary], options);
  } catch (cause) {
    rmSync(temporary, { recursive: true, force: true });
    throw explainFailure('PostgreSQL could not make its files', home, output(cause), { cause });
  }
  renameSync(temporary, data);
  syncDirectory(home);
}

const output = (error: unknown): string =>
  error instanceof Error ? ('stderr' in error && String(error.stderr)) || error.message : '';

/** Throws MuntraError `store_start` when a cluster was made by another major version than `version`. */
export function checkVersion(data: string, version: string): void {
  const made = Number.parseInt(readFileSync(join(data, 'PG_VERSION'), 'utf8'), 10);
  const ours = Number.parseInt(version, 10);
  if (made === ours) return;
  const message = `${data} was made by PostgreSQL ${made}; this muntra brings PostgreSQL ${ours}`;
  throw new MuntraError(
    'store_start',
    message,
    'back up with the muntra that made it, move that directory away, and restore the backup with this one',
  );
}
