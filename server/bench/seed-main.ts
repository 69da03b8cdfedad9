/**
 * `npm run seed -- [--events 1000000] [--days 90] [--sites 5] [--until 2026-03-31T14:20Z]`: a plausible past, until now or
 * the given time, for MUNTRA_POSTGRES_DSN or the data directory of a muntra that does not run.
 */
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { openDataDir } from '../data-dir.ts';
import { lockDataDir } from '../data-lock.ts';
import { createLogger } from '../log.ts';
import { openProvider } from '../store/provider.ts';
import { seed } from './seed.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    days: { type: 'string', default: '90' },
    sites: { type: 'string', default: '5' },
    until: { type: 'string', default: new Date().toISOString() },
  },
});
const [events, days, sites] = [values.events, values.days, values.sites].map(Number);
const until = Date.parse(values.until);
if (!events || !days || !sites || !until)
  throw new Error('--events, --days and --sites are numbers over 0, --until is a date');

const config = readConfig({ env: process.env });
const dataDir = openDataDir(config.dataDir, { env: process.env, cwd: process.cwd(), uid: process.getuid?.() });
const lock = config.postgresDsn === '' ? lockDataDir(dataDir.path) : undefined;
const provider = await openProvider(config, dataDir.path, createLogger('warn', process.stderr));
const started = performance.now();
const report = (stored: number, end: string): void => {
  const seconds = (performance.now() - started) / 1000;
  process.stderr.write(`\r${stored} events, ${Math.round(stored / seconds)} a second${end}`);
};
try {
  const stored = await seed(provider.store, { events, days, sites, until }, stored => report(stored, '  '));
  report(stored, `, in ${config.postgresDsn === '' ? dataDir.path : 'your PostgreSQL'}\n`);
} finally {
  await provider.close();
  lock?.release();
}
