/** What the server says of itself: `/ready` for machines, `/api/system` for its operator. */
import pkg from '../package.json' with { type: 'json' };
import type { Backup } from './backup/backup.ts';
import { type Intake, waiting } from './buffer/intake.ts';
import type { Config } from './config.ts';
import type { ReadyAnswer, SystemAnswer } from './contract/system.ts';
import type { Flusher } from './pipeline/flush.ts';
import type { Rollup } from './pipeline/rollup.ts';
import type { DropHistory } from './sites/drop-history.ts';
import type { Store } from './store/postgres.ts';
import type { Vitals } from './vitals.ts';

export interface StatusParts {
  config: Pick<Config, 'postgresDsn'>;
  /** Unix milliseconds. */
  started: number;
  store: Store;
  intake: Intake;
  flusher: Flusher;
  rollup: Rollup;
  dropHistory: DropHistory;
  backup: Backup;
  vitals(): Promise<Vitals>;
}

export interface Status {
  ready(): Promise<ReadyAnswer>;
  system(): Promise<SystemAnswer>;
}

export function createStatus({
  config,
  started,
  store,
  intake,
  flusher,
  rollup,
  dropHistory,
  backup,
  vitals,
}: StatusParts): Status {
  const takesEvents = (): boolean => intake.buffers.some(buffer => buffer.up);
  return {
    async ready() {
      const { redisUp } = intake;
      return { store: await store.ping(), buffer: takesEvents(), ...(redisUp !== null && { redis: redisUp }) };
    },
    async system() {
      const { rss, heapUsed } = process.memoryUsage();
      const { redisUp } = intake;
      return {
        version: pkg.version,
        started,
        storage: { store: config.postgresDsn === '' ? 'embedded' : 'services', buffer: intake.kind },
        state: {
          store: upOrDown(await store.ping()),
          buffer: upOrDown(takesEvents()),
          ...(redisUp !== null && { redis: upOrDown(redisUp) }),
        },
        buffer: await waiting(intake.buffers),
        lastFlush: flusher.last,
        rollup: await rollup.state(),
        lastBackup: await backup.last(),
        ...(await vitals()),
        dropsToday: await dropHistory.today(),
        memory: { rss, heapUsed },
      };
    },
  };
}

const upOrDown = (up: boolean): 'up' | 'down' => (up ? 'up' : 'down');
