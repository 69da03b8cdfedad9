/**
 * What the tests need from the system beside Node: found where it is installed, else installed once from Debian's
 * packages when we are root. The only place that knows their names.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What tests cannot do without, named as Debian's packages are. */
export type Program = 'redis-server' | 'nginx' | 'chromium';

const OTHER_NAMES: Record<string, string[]> = { chromium: ['chromium-browser', 'google-chrome'] };

/** Debian puts servers where ordinary users do not look. */
const DIRECTORIES = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** Its path, installed if need be; throws with what to install. */
export function systemProgram(program: Program): string {
  const found = findProgram(program) ?? (install(program) ? findProgram(program) : undefined);
  if (found !== undefined) return found;
  throw new Error(`the tests run a real ${program}: install it (on Debian: apt-get install ${program})`);
}

/** undefined when this machine has it not. */
export function findProgram(program: string): string | undefined {
  const names = [program, ...(OTHER_NAMES[program] ?? [])];
  return DIRECTORIES.flatMap(directory => names.map(name => join(directory, name))).find(runs);
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Test files run side by side, apt does not: one installs, the others wait and find it installed. */
function install(program: Program): boolean {
  if (process.getuid?.() !== 0 || !runs('/usr/bin/apt-get')) return false;
  const apt = `apt-get -qq update && apt-get -qq -y install --no-install-recommends ${program}`;
  // RUNLEVEL=1: without starting the package's service.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const args = ['/var/lock/muntra-tests', 'sh', '-c', `command -v ${program} || { ${apt}; }`];
  return spawnSync('flock', args, { env, stdio: 'ignore' }).status === 0;
}
