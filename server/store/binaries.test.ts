import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openProcesses, type Processes } from '../testing/processes.ts';
import { type Programs, postgresPrograms } from './binaries.ts';

const ACCOUNT = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

let processes: Processes;
let home: string;
beforeEach(() => {
  processes = openProcesses();
  home = processes.dir('home');
});
afterEach(() => processes.close());

/** What npm leaves when it runs no install script: no symlinks; and, for another user, out of reach. */
async function unpacked(version: string): Promise<Programs> {
  const directory = join(processes.dir('package'), 'native');
  const from = (await postgresPrograms(home, ACCOUNT)).directory;
  cpSync(from, directory, { recursive: true, filter: path => !lstatSync(path).isSymbolicLink() });
  chmodSync(join(directory, '..'), 0o700);
  return { directory, version };
}

const versionOf = ({ directory }: Programs): string =>
  execFileSync(join(directory, 'bin/initdb'), ['--version'], { ...ACCOUNT, cwd: '/', encoding: 'utf8' });

test('the package is used where npm put it', async () => {
  expect((await postgresPrograms(home, ACCOUNT)).directory).toContain('node_modules');
  expect(readdirSync(home)).toEqual([]);
});

test('programs that cannot run in their place are copied once, with their symlinks and without needless files', async () => {
  const source = await unpacked('18.4.0');
  const copy = await postgresPrograms(home, ACCOUNT, source);
  expect(copy).toEqual({ directory: join(home, 'programs-18.4.0'), version: '18.4.0' });
  expect(versionOf(copy)).toContain('18.4');
  expect(existsSync(join(copy.directory, 'lib/libpq.a'))).toBe(false);
  const made = statSync(copy.directory).ctimeMs;
  await postgresPrograms(home, ACCOUNT, source);
  expect(statSync(copy.directory).ctimeMs).toBe(made);
});

test('the copy of another version, and one that was not finished, give way', async () => {
  mkdirSync(join(home, 'programs-17.1.0'));
  mkdirSync(join(home, 'programs-18.4.0.new/bin'), { recursive: true });
  writeFileSync(join(home, 'programs-18.4.0.new/bin/initdb'), 'half');
  expect(versionOf(await postgresPrograms(home, ACCOUNT, await unpacked('18.4.0')))).toContain('18.4');
  expect(readdirSync(home)).toEqual(['programs-18.4.0']);
});

test('a copy that a power cut left without its contents is made anew', async () => {
  const source = await unpacked('18.4.0');
  const { directory } = await postgresPrograms(home, ACCOUNT, source);
  for (const [program, left] of Object.entries({ initdb: 4096, postgres: 0 })) {
    truncateSync(join(directory, 'bin', program), left);
    await postgresPrograms(home, ACCOUNT, source);
    expect(statSync(join(directory, 'bin', program)).size).toBeGreaterThan(left);
  }
  expect(readdirSync(home)).toEqual(['programs-18.4.0']);
});

test('a place where nothing can be run is told, and not written to again', async () => {
  const source = await unpacked('18.4.0');
  const { directory } = await postgresPrograms(home, ACCOUNT, source);
  chmodSync(join(directory, 'bin/initdb'), 0o600);
  const made = statSync(directory).ctimeMs;
  const refused = { code: 'store_start', message: expect.stringContaining('EACCES') };
  await expect(postgresPrograms(home, ACCOUNT, source)).rejects.toMatchObject(refused);
  expect(statSync(directory).ctimeMs).toBe(made);
});

test.runIf(process.getuid?.() === 0)('the copy belongs to whom PostgreSQL runs as, who can remove it', async () => {
  const { directory } = await postgresPrograms(home, ACCOUNT, await unpacked('18.4.0'));
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const owners = ['', ...files].map(name => lstatSync(join(directory, name)).uid);
  expect(new Set(owners)).toEqual(new Set([ACCOUNT.uid]));
});

test('programs that run nowhere are an error that says why', async () => {
  const source = await unpacked('18.4.0');
  rmSync(join(source.directory, 'lib/libicuuc.so.60.2'));
  const refused = { code: 'store_start', message: expect.stringContaining('libicuuc.so.60') };
  await expect(postgresPrograms(home, ACCOUNT, source)).rejects.toMatchObject(refused);
});
