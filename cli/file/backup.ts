/** A backup to read: unpacked, ended by Ctrl-C, and telling how far it is. */
import type { World } from '../world.ts';
import { openSource } from './source.ts';

/** `-`: stdin. Throws MuntraError `file`, now or while it is read. */
export function openBackup(
  path: string,
  world: Pick<World, 'cwd' | 'stdin' | 'interrupt'>,
  onProgress: (share: number | undefined) => void,
): AsyncIterable<Uint8Array> {
  const source = openSource(path, world, '.zst');
  return watched();

  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const piece of source.pieces) {
      world.interrupt.throwIfAborted();
      onProgress(source.share());
      yield piece;
    }
  }
}
