/** What a server in use says of itself. */
import type { SystemAnswer } from '../contract/system.ts';

export const SAMPLE_SYSTEM: SystemAnswer = {
  version: '1.2.3',
  started: 1_750_000_000_000,
  storage: { store: 'services', buffer: 'redis' },
  state: { store: 'up', buffer: 'up', redis: 'down' },
  buffer: { events: 7, bytes: 700 },
  lastFlush: { at: 1_750_000_060_000, events: 12, seconds: 0.25 },
  rollup: { waiting: 1, last: { at: 1_750_000_050_000, days: 2, seconds: 0.5 } },
  lastBackup: null,
  schema: '1.2.3',
  oldSalts: 0,
  clock: { store: 12, redis: null },
  disk: { free: 20e9, total: 40e9 },
  dropsToday: {},
  memory: { rss: 60e6, heapUsed: 9e6 },
};
