/**
 * Chromium for tests: $CHROMIUM or the system's, else the one of `@sparticuz/chromium`, which brings its libraries along
 * (x64 Linux), else Debian's.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import type { Process, Processes } from './processes.ts';
import { findProgram, systemProgram } from './system.ts';

const NODE_MODULES = join(import.meta.dirname, '../../node_modules');

interface Chromium {
  path: string;
  env: Record<string, string>;
}

const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';

/**
 * For a network of this machine alone, where `anything.test` is this machine. Root may have no sandbox, and npm's
 * browser forks without a zygote.
 */
const FLAGS = [
  `--user-agent=${USER_AGENT}`,
  '--host-resolver-rules=MAP *.test 127.0.0.1',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-sandbox',
  '--no-zygote',
];

/** Of a browser that a reader drives: `navigator.webdriver` is false. */
const READER = '--disable-blink-features=AutomationControlled';

/** With an empty profile, which goes with it. Pages may come back from the bfcache, which playwright switches off. */
export function launchBrowser({ webdriver = false } = {}): Promise<Browser> {
  const { path, env } = findChromium();
  const args = webdriver ? FLAGS : [...FLAGS, READER];
  const ignoreDefaultArgs = ['--disable-back-forward-cache'];
  return chromium.launch({ executablePath: path, env: { ...inherited(), ...env }, args, ignoreDefaultArgs });
}

/** Opens one page without playwright, under which nothing is prerendered. */
export function startReader(processes: Processes, url: string): Process {
  const { path, env } = findChromium();
  const profile = processes.dir('profile');
  const args = [...FLAGS, READER, '--headless', '--disable-gpu', `--user-data-dir=${profile}`, url];
  return processes.start(path, args, { env: { ...env, HOME: profile } });
}

function findChromium(): Chromium {
  const path = process.env.CHROMIUM ?? findProgram('chromium');
  if (path) return { path, env: {} };
  return npmChromium() ?? { path: systemProgram('chromium'), env: {} };
}

/** Unpacked once per installation, under node_modules; undefined where it does not run. */
function npmChromium(): Chromium | undefined {
  const dir = join(NODE_MODULES, '.cache/muntra-chromium');
  const path = join(dir, 'chromium');
  const env = { LD_LIBRARY_PATH: join(dir, 'al2023/lib'), FONTCONFIG_PATH: join(dir, 'fonts') };
  try {
    if (!existsSync(path)) unpack(dir);
    execFileSync(path, ['--version', '--no-sandbox'], { env: { ...inherited(), ...env }, stdio: 'ignore' });
    return { path, env };
  } catch {
    return undefined;
  }
}

/**
 * The package unpacks to where temporary files go, and its libraries only where it takes itself to be in a Lambda: so it
 * does in a process of its own. A rename puts all in place at once, as other test files may do the same.
 */
function unpack(dir: string): void {
  mkdirSync(dirname(dir), { recursive: true });
  const temporary = mkdtempSync(`${dir}-`);
  try {
    const program = "(await import('@sparticuz/chromium')).default.executablePath()";
    const env = { ...inherited(), TMPDIR: temporary, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' };
    const args = ['--input-type=module', '--eval', program];
    execFileSync(process.execPath, args, { cwd: dirname(NODE_MODULES), env, stdio: 'ignore' });
    renameSync(temporary, dir);
  } catch (error) {
    rmSync(temporary, { recursive: true });
    if (!existsSync(dir)) throw error;
  }
}

function inherited(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
