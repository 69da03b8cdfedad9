/** What the server says of itself: `/ready` for machines, `/api/system` for its operator. */
import pkg from '../package.json' with { type: 'json' };
import type { Buffer } from './buffer/buffer.ts';
import type { Config } from './config.ts';
import type { ReadyAnswer, SystemAnswer } from './contract.ts';
import type { Flusher } from './pipeline/flush.ts';
import type { DropHistory } from './sites/drop-history.ts';
import type { Store } from './store/postgres.ts';

export interface StatusParts {
  config: Pick<Config, 'postgresDsn'>;
  /** Unix milliseconds. */
  started: number;
  store: Store;
  buffer: Buffer;
  flusher: Flusher;
  dropHistory: DropHistory;
}

export interface Status {
  ready(): Promise<ReadyAnswer>;
  system(): Promise<SystemAnswer>;
}

export function createStatus({ config, started, store, buffer, flusher, dropHistory }: StatusParts): Status {
  return {
    ready: async () => ({ store: await store.ping(), buffer: true }),
    async system() {
      const { rss, heapUsed } = process.memoryUsage();
      return {
        version: pkg.version,
        started,
        storage: { store: config.postgresDsn === '' ? 'embedded' : 'services', buffer: buffer.kind },
        state: { store: (await store.ping()) ? 'up' : 'down', buffer: 'up' },
        buffer: await buffer.depth(),
        lastFlush: flusher.last,
        dropsToday: await dropHistory.today(),
        memory: { rss, heapUsed },
      };
    },
  };
}
