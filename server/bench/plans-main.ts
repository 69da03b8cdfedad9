/** `npm run bench -- plans [--events 500000] [--days 90]` */
import { parseArgs } from 'node:util';
import { createLogger } from '../log.ts';
import { createRollup } from '../pipeline/rollup.ts';
import { openProcesses } from '../testing/processes.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { migrated } from './database.ts';
import { siteName } from './history.ts';
import { explainQuestions, plansPage } from './plans.ts';
import { seed } from './seed.ts';

/** In the middle of a day, which is not rolled up. */
const NOW = Date.parse('2026-03-31T14:20:00Z');
const MIDNIGHT = Date.parse('2026-03-31');

export async function plans(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { events: { type: 'string', default: '500000' }, days: { type: 'string', default: '90' } },
  });
  const [events, days] = [Number(values.events), Number(values.days)];
  if (!events || !days) throw new Error('--events and --days are numbers over 0');
  const processes = openProcesses();
  try {
    const database = await migrated(processes.dir('plans'));
    const { store } = database;
    await seed(store, { events, days, sites: 5, until: MIDNIGHT });
    const log = createLogger('warn', process.stderr);
    await createRollup({ store, interval: 0, log, now: () => NOW }).refresh();
    await seed(store, { events: Math.ceil(events / days / 2), days: 1, sites: 5, until: NOW });
    await store.query('VACUUM ANALYZE');
    const site = sampleSite({ id: siteName(0) });
    const explained = await explainQuestions(store, site, NOW);
    process.stdout.write(plansPage(explained));
    await database.close();
  } finally {
    await processes.close();
  }
}
