/**
 * `npm run bench -- [ingest|queries] [--json]`: every figure of the design's performance table, measured by one command that
 * starts all it needs. Tables, or a line of JSON for each run, go to stdout; what happens now goes to stderr.
 * `npm run bench -- ingest --program dist/muntra-linux-x64` measures the packaged executable (`npm run package`).
 * `npm run bench -- soak` is for an hour of its own, `npm run bench -- plans` for docs/queries.md.
 */
import { parseArgs } from 'node:util';
import { openProcesses } from '../testing/processes.ts';
import { benchIngest, isMode } from './ingest.ts';
import { plans } from './plans-main.ts';
import { queries } from './queries-main.ts';
import { ingestTable } from './report.ts';
import { soakMain } from './soak-main.ts';

const BENCHES: Record<string, (args: string[]) => Promise<void>> = {
  ingest,
  queries,
  plans,
  soak: soakMain,
};
/** Without a name. */
const USUAL = [ingest, queries];

async function ingest(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      mode: { type: 'string', multiple: true, default: ['embedded', 'services'] },
      seconds: { type: 'string', default: '20' },
      events: { type: 'string', default: '1000000' },
      waiting: { type: 'string', default: '200000' },
      program: { type: 'string' },
    },
  });
  const program = values.program && { program: values.program };
  for (const mode of values.mode) {
    if (!isMode(mode)) throw new Error('--mode is embedded or services');
    const [seconds = 0, events = 0, waiting = 0] = [values.seconds, values.events, values.waiting].map(Number);
    if (!(seconds > 0 && events > 0 && waiting > 0)) throw new Error('--seconds, --events and --waiting are over 0');
    const processes = openProcesses();
    const interrupted = (): void => void processes.close().finally(() => process.exit(130));
    process.once('SIGINT', interrupted);
    try {
      const report = await benchIngest(processes, { mode, seconds, events, waiting, ...program }, say);
      process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${ingestTable(report)}\n`);
    } finally {
      process.off('SIGINT', interrupted);
      await processes.close();
    }
  }
}

function say(text: string): void {
  process.stderr.write(`${text} ...\n`);
}

const [name = '', ...args] = process.argv.slice(2);
const chosen = BENCHES[name];
if (chosen) await chosen(args);
else if (name.startsWith('-') || name === '') for (const bench of USUAL) await bench(process.argv.slice(2));
else throw new Error(`there is no bench "${name}"; there are ${Object.keys(BENCHES).join(' and ')}`);
