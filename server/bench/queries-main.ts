/** `npm run bench -- queries [--events 1000000] [--days 90] [--sites 5] [--times 21] [--json]` */
import { parseArgs } from 'node:util';
import { openProcesses } from '../testing/processes.ts';
import { benchQueries } from './queries.ts';
import { queriesTable } from './queries-report.ts';

export async function queries(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: 'string', default: '1000000' },
      days: { type: 'string', default: '90' },
      sites: { type: 'string', default: '5' },
      times: { type: 'string', default: '21' },
      json: { type: 'boolean', default: false },
    },
  });
  const [events, days, sites, times] = [values.events, values.days, values.sites, values.times].map(Number);
  if (!events || !days || !sites || !times) throw new Error('--events, --days, --sites and --times are numbers over 0');
  const processes = openProcesses();
  try {
    const plan = { dataDir: processes.dir('queries'), events, days, sites, times };
    const report = await benchQueries(plan, text => process.stderr.write(`${text} ...\n`));
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : queriesTable(report));
  } finally {
    await processes.close();
  }
}
