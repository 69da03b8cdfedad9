/**
 * A data directory in a temporary place, for as long as a backup is verified. Who is killed meanwhile leaves in it a running
 * PostgreSQL and a copy of all data, which the next one ends and removes: the lock tells that nobody holds it any more.
 */
import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDir } from '../data-lock.ts';
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { endEmbedded } from '../store/embedded.ts';

const PREFIX = 'muntra-verify-';

export interface Scratch {
  dataDir: string;
  /** Its PostgreSQL must have ended. */
  remove(): void;
}

export function openScratch(place: string): Scratch {
  const dataDir = mkdtempSync(join(place, PREFIX));
  // PostgreSQL, which is not root, must pass through.
  chmodSync(dataDir, 0o711);
  const lock = lockDataDir(dataDir);
  return {
    dataDir,
    remove() {
      lock.release();
      removeDirectory(dataDir);
    },
  };
}

/** One that cannot be removed is logged, and no reason not to verify. */
export async function removeLeftovers(place: string, log: Logger): Promise<void> {
  for (const dataDir of scratchesIn(place)) {
    try {
      if (isOurs(dataDir)) await removeUnheld(dataDir);
    } catch (error) {
      log.error({ err: error, directory: dataDir }, 'what a killed verification left behind cannot be removed');
    }
  }
}

function scratchesIn(place: string): string[] {
  try {
    const names = readdirSync(place).filter(name => name.startsWith(PREFIX));
    return names.map(name => join(place, name));
  } catch {
    // One may write into a place that one may not read.
    return [];
  }
}

/** Anybody may make a directory in /tmp. One without a lock has just been made, or an older muntra is at work in it. */
function isOurs(dataDir: string): boolean {
  const found = lstatSync(dataDir, { throwIfNoEntry: false });
  return (found?.isDirectory() ?? false) && found?.uid === process.getuid?.() && existsSync(join(dataDir, 'lock'));
}

async function removeUnheld(dataDir: string): Promise<void> {
  let lock: ReturnType<typeof lockDataDir>;
  try {
    lock = lockDataDir(dataDir);
  } catch (error) {
    if (error instanceof MuntraError && error.code === 'already_running') return;
    throw error;
  }
  try {
    await endEmbedded(dataDir);
    removeDirectory(dataDir);
  } finally {
    lock.release();
  }
}

/** What was killed may have children that write for a moment more. */
const removeDirectory = (path: string): void => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
