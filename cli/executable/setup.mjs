/**
 * Makes a checkout ready to run: installs the locked dependencies when they are missing or the lock file changed, and
 * builds `dist/` when it is older than its sources (`--build`: always). Plain JavaScript for Node 20, imports nothing
 * that must be installed: it is what installs it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const stamp = join(root, 'node_modules/.muntra-lock');
const bundle = join(root, 'dist/muntra.cjs');
/** What runs, and what builds: npm may be set to leave either out. */
const needed = ['node_modules/.bin/node', 'node_modules/rolldown'];
const sources = ['cli', 'server', 'schema', 'tracker', 'package.json'];

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node ${process.versions.node} is too old`, 'install Node 20 or newer from https://nodejs.org');
}

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

if (missing() || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  checkSystem();
  process.stderr.write('Installing dependencies (once, about half a minute) ...\n');
  // Not `npm ci`: it refuses a lock file made where a registry had no package for some other platform.
  const whole = ['--include=dev', '--include=optional', '--ignore-scripts=false'];
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['install', ...whole, ...quiet], 'see above; npm needs its registry');
  const left = missing();
  if (left) fail(`npm did not install ${left}`, 'look at what npm is set to: npm config list');
  writeFileSync(stamp, lock);
}

if (process.argv.includes('--build') || !existsSync(bundle) || newest(sources) > statSync(bundle).mtimeMs) {
  // The pinned Node runs TypeScript as it is; the machine's own may not.
  run(join(root, 'node_modules/.bin/node'), [join(root, 'cli/executable/bundle.ts')], 'see the lines above');
}

function missing() {
  return needed.find(path => !existsSync(join(root, path)));
}

/** The Node that is installed, and PostgreSQL, are programs for these. */
function checkSystem() {
  process.report.excludeNetwork = true;
  const glibc = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime;
  if (glibc || process.platform === 'darwin') return;
  fail('Muntra runs on Linux with glibc and on macOS', 'docs/docker.md has the way for other systems');
}

/** Latest modification below the given paths, unix milliseconds. */
function newest(paths) {
  const times = paths.flatMap(path => {
    const stats = statSync(join(root, path));
    if (!stats.isDirectory()) return [stats.mtimeMs];
    const below = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
    return [stats.mtimeMs, ...below.map(entry => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs)];
  });
  return Math.max(...times);
}

function run(command, args, hint) {
  // stdout belongs to the command that runs afterwards.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(`${command} ${args[0]} did not succeed${error ? ` (${error.message})` : ''}`, hint);
}

function fail(problem, hint) {
  process.stderr.write(`Error: ${problem}\nTry:   ${hint}\n`);
  process.exit(1);
}
