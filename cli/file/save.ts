/** Where data goes that may be large: a file that is whole or not there at all, stdout, or a pipe or device by its name. */
import { randomBytes } from 'node:crypto';
import {
  constants,
  createWriteStream,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { syncDirectory } from '../../server/durable-file.ts';
import { systemCode } from '../../server/errors.ts';
import type { World } from '../world.ts';
import { fileFailure } from './failure.ts';

type Pieces = AsyncIterable<string | Uint8Array>;

/**
 * `-`: stdout. A file is for its owner alone (0600), and takes the place of one of that name when it is complete; links are
 * followed. What is no file stays what it is and is written into.
 */
export async function save(
  pieces: Pieces,
  path: string,
  { cwd, stdout, interrupt }: Pick<World, 'cwd' | 'stdout' | 'interrupt'>,
): Promise<void> {
  if (path === '-') return pipeline(pieces, stdout, { end: false });
  const target = resolve(cwd, path);
  try {
    const found = statSync(target, { throwIfNoEntry: false });
    if (found?.isFIFO()) await pipeline(pieces, await openPipe(target, interrupt));
    else if (found && !found.isFile()) await pipeline(pieces, createWriteStream(target));
    else await replace(found ? realpathSync(target) : behindLinks(target), pieces);
  } catch (error) {
    throw fileFailure('written', path, error);
  }
}

async function replace(target: string, pieces: Pieces): Promise<void> {
  const temporary = `${target}.${randomBytes(6).toString('hex')}.part`;
  try {
    // Opened at once: a stream that opens it by itself may do so after the removal.
    const fd = openSync(temporary, 'wx', 0o600);
    await pipeline(pieces, createWriteStream(temporary, { fd, flush: true }));
    renameSync(temporary, target);
    syncDirectory(dirname(target));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Where links lead, though nothing is there yet. */
function behindLinks(path: string): string {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return path;
  return behindLinks(resolve(realpathSync(dirname(path)), readlinkSync(path)));
}

/** Milliseconds between two looks for a reader. */
const PATIENCE = 50;

/** Waits for its reader. A thread that waited there, or for room, would hold up the end of the process too. */
async function openPipe(path: string, signal: AbortSignal): Promise<Socket> {
  for (;;) {
    try {
      return new Socket({ fd: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK), readable: false });
    } catch (error) {
      if (systemCode(error) !== 'ENXIO') throw error;
    }
    await sleep(PATIENCE, undefined, { signal });
  }
}
