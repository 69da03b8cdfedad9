/** Where init works: what it finds and changes nothing of. */
import type { DataDir } from '../../server/data-dir.ts';
import { lockDataDir } from '../../server/data-lock.ts';
import { MuntraError } from '../../server/errors.ts';
import { createLogger, type Logger } from '../../server/log.ts';
import type { Context } from '../context.ts';
import { openPlace } from '../data-place.ts';
import { type Machine, thisMachine } from '../service/systemd.ts';

export interface Setting {
  dataDir: DataDir;
  machine: Machine;
  /** A server runs on the data directory. */
  running: boolean;
  /** For what goes wrong in the store. */
  log: Logger;
}

export function lookAround(context: Context): Setting {
  const { world } = context;
  const dataDir = openPlace(context);
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
