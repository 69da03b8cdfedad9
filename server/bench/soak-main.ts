/**
 * `npm run bench -- soak [--seconds 3600] [--mode embedded|services] [--rate events/s] [--json]`. An hour at 5,000 events/s
 * takes 9 GB under the directory for temporary files, removed at the end.
 */
import { parseArgs } from 'node:util';
import { openProcesses } from '../testing/processes.ts';
import { isMode } from './ingest.ts';
import { soak } from './soak.ts';
import { soakTable } from './soak-report.ts';

export async function soakMain(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '3600' },
      mode: { type: 'string', default: 'embedded' },
      rate: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { mode } = values;
  const seconds = Number(values.seconds);
  const rate = values.rate === undefined ? undefined : Number(values.rate);
  if (!isMode(mode)) throw new Error('--mode is embedded or services');
  if (!(seconds >= 10) || (rate !== undefined && !(rate > 0)))
    throw new Error('--seconds is at least 10, --rate over 0');
  const processes = openProcesses();
  const interrupted = (): void => void processes.close().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  try {
    const plan = rate === undefined ? { mode, seconds } : { mode, seconds, rate };
    const report = await soak(processes, plan, text => process.stderr.write(`${text} ...\n`));
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : soakTable(report));
  } finally {
    process.off('SIGINT', interrupted);
    await processes.close();
  }
}
