/** Where data goes that may be large: a file that is whole or not there at all, or stdout. */
import { randomBytes } from 'node:crypto';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { syncDirectory } from '../../server/durable-file.ts';
import type { World } from '../world.ts';
import { fileFailure } from './failure.ts';

/** `-`: stdout. A file is for its owner alone (0600), and takes the place of one of that name when it is complete. */
export async function save(
  pieces: AsyncIterable<string | Uint8Array>,
  path: string,
  world: Pick<World, 'cwd' | 'stdout'>,
): Promise<void> {
  if (path === '-') return pipeline(pieces, world.stdout, { end: false });
  const target = resolve(world.cwd, path);
  const temporary = `${target}.${randomBytes(6).toString('hex')}.part`;
  try {
    await pipeline(pieces, createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }));
    renameSync(temporary, target);
    syncDirectory(dirname(target));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileFailure('written', path, error);
  }
}
