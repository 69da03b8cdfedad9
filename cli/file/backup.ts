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
    const pieces = source.pieces[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await orInterrupt(pieces.next(), world.interrupt);
      if (done) return;
      onProgress(source.share());
      yield value;
    }
  }
}

/** What a pipe gives may be long in coming. */
function orInterrupt<T>(next: Promise<T>, interrupt: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(interrupt.reason);
    if (interrupt.aborted) stop();
    interrupt.addEventListener('abort', stop);
    next.then(resolve, reject).finally(() => interrupt.removeEventListener('abort', stop));
  });
}
