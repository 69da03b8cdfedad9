/** Programs of the system that tests run for real: found on the machine, on Debian installed by root when they are missing. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';

/** Debian puts servers where ordinary users do not look. */
const PLACES = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];

/** Path of a program; undefined when this machine has it not. */
export function findProgram(name: string): string | undefined {
  return PLACES.map(directory => join(directory, name)).find(path => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The same; `debianPackage` has it. Throws when it is not there and cannot be installed. */
export function systemProgram(name: string, debianPackage = name): string {
  const found = findProgram(name);
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['install', '-qq', '-y', '--no-install-recommends', debianPackage], { env });
  }
  const installed = findProgram(name);
  if (installed !== undefined) return installed;
  throw new Error(`these tests run a real ${name}: install it (on Debian: apt-get install ${debianPackage})`);
}
