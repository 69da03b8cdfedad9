/**
 * Chromium for tests: $CHROMIUM or the system's, else the one of `@sparticuz/chromium`, which brings its libraries along
 * (x64 Linux), else Debian's.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { findProgram, systemProgram } from './system.ts';

const NODE_MODULES = join(import.meta.dirname, '../../node_modules');

export interface Chromium {
  path: string;
  env: Record<string, string>;
}

/** A network of this machine alone, and a profile that nothing is added to. */
const FLAGS = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What a browser needs that is started here: root may have no sandbox, and the one of npm forks without a zygote. */
export const CHROMIUM_FLAGS = [...FLAGS, '--no-sandbox', '--no-zygote'];

export interface BrowserOptions {
  /** `navigator.webdriver` is true only when asked for: readers' browsers say false. */
  webdriver?: boolean;
}

/** With an empty profile, which goes with it. Pages may come back from the bfcache, which playwright switches off. */
export function launchBrowser({ webdriver = false }: BrowserOptions = {}): Promise<Browser> {
  const { path, env } = findChromium();
  const args = [...CHROMIUM_FLAGS, ...(webdriver ? [] : ['--disable-blink-features=AutomationControlled'])];
  const ignoreDefaultArgs = ['--disable-back-forward-cache'];
  return chromium.launch({ executablePath: path, env: { ...inherited(), ...env }, args, ignoreDefaultArgs });
}

export function findChromium(): Chromium {
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
