/** Where init works: what it finds and changes nothing of. */
import { type DataDir, openDataDir } from '../../server/data-dir.ts';
import { lockDataDir } from '../../server/data-lock.ts';
import { MuntraError } from '../../server/errors.ts';
import { createLogger, type Logger } from '../../server/log.ts';
import type { Context } from '../context.ts';
import { type Machine, thisMachine } from '../service/systemd.ts';

export interface Setting {
  dataDir: DataDir;
  machine: Machine;
  /** A server runs on the data directory. */
  running: boolean;
  /** For what goes wrong in the store. */
  log: Logger;
}

export function lookAround({ world, flags }: Context): Setting {
  const dataDir = openDataDir(flags.dataDir ?? world.env.MUNTRA_DATA_DIR ?? '', world);
  const log = createLogger('error', world.stderr);
  return { dataDir, machine: thisMachine(world), running: isRunning(dataDir), log };
}

function isRunning({ path }: DataDir): boolean {
  try {
    lockDataDir(path).release();
    return false;
  } catch (error) {
    if (error instanceof MuntraError && error.code === 'already_running') return true;
    throw error;
  }
}
