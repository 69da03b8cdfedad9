/** Keeps a postmaster running: starts another when one dies, less and less often while that fails, until told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { Postmaster } from './launch.ts';
import { shutDown } from './postmaster.ts';

export interface Keeper {
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** Milliseconds between a death and the next start. */
const PAUSE = { first: 100, longest: 5_000 };
const PATIENCE = 30_000;

/** What the first start throws is thrown; later it is logged, once for each new message. */
export async function keepRunning(start: () => Promise<Postmaster>, log: Logger): Promise<Keeper> {
  let running: Postmaster | undefined = await startFirst(start);
  let stopping = false;
  const stopped = Promise.withResolvers<void>();

  async function keep(): Promise<void> {
    let told = '';
    for (let pause = PAUSE.first; ; pause = Math.min(pause * 2, PAUSE.longest)) {
      if (running) {
        await Promise.race([running.exited, stopped.promise]);
        if (stopping) await shutDown(running.pid, running.exited);
        else log.warn('PostgreSQL died; starting it again');
        running = undefined;
        pause = PAUSE.first;
        told = '';
      }
      await Promise.race([sleep(pause, undefined, { ref: false }), stopped.promise]);
      if (stopping) return;
      try {
        running = await start();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (message !== told) log.error(message);
        told = message;
      }
    }
  }

  const kept = keep();
  return {
    pid: () => running?.pid,
    stop() {
      stopping = true;
      stopped.resolve();
      return kept;
    },
  };
}

/** The sessions of a killed postmaster hold its shared memory until their statement is done; only they are waited for. */
async function startFirst(start: () => Promise<Postmaster>): Promise<Postmaster> {
  for (let waited = 0; ; waited += PAUSE.first) {
    try {
      return await start();
    } catch (error) {
      if (waited >= PATIENCE || !String(error).includes('shared memory block')) throw error;
      await sleep(PAUSE.first);
    }
  }
}
