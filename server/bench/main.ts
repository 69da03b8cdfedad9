/**
 * `npm run bench -- [ingest|queries] [--json]`: every figure of the design's performance table, measured by one command that
 * starts all it needs. The table, or JSON, goes to stdout; what happens now to stderr.
 */
import { parseArgs } from 'node:util';
import { openProcesses } from '../testing/processes.ts';
import { benchIngest, type Mode } from './ingest.ts';
import { ingestTable } from './report.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    mode: { type: 'string', multiple: true, default: ['embedded', 'services'] },
    seconds: { type: 'string', default: '20' },
    events: { type: 'string', default: '1000000' },
    waiting: { type: 'string', default: '200000' },
  },
});

const say = (text: string): boolean => process.stderr.write(`${text} ...\n`);

async function ingest(mode: Mode): Promise<void> {
  const processes = openProcesses();
  try {
    const [seconds, events, waiting] = [values.seconds, values.events, values.waiting].map(Number);
    if (!seconds || !events || !waiting) throw new Error('--seconds, --events and --waiting are numbers over 0');
    const report = await benchIngest(processes, { mode, seconds, events, waiting }, say);
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${ingestTable(report)}\n`);
  } finally {
    await processes.close();
  }
}

for (const mode of values.mode) {
  if (mode !== 'embedded' && mode !== 'services') throw new Error('--mode is embedded or services');
  await ingest(mode);
}
