/** `muntra export`: the events themselves, as JSON lines that `muntra import` reads, or as CSV. */
import { Option } from 'commander';
import type { Site } from '../../server/contract/site.ts';
import { MuntraError } from '../../server/errors.ts';
import { EVENT_COLUMNS } from '../../server/ingest/event.ts';
import { readTime } from '../../server/stats/period.ts';
import type { Client } from '../client.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { packed } from '../file/compression.ts';
import { save } from '../file/save.ts';
import { textLines } from '../file/text-lines.ts';
import { csv } from '../output/csv.ts';
import { counted } from '../output/format.ts';
import { harmless } from '../output/json.ts';
import { openProgress } from '../output/progress.ts';
import { pickSite } from '../pick-site.ts';

const FORMATS = ['jsonl', 'csv'] as const;
const PIECE = 2 ** 16;
const COLUMNS = [...Object.values(EVENT_COLUMNS), 'session_hash'];

interface Flags {
  from?: string;
  to?: string;
  format: (typeof FORMATS)[number];
  output: string;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .argument('[site]', 'Its id; without it all sites')
    .option('--from <time>', 'Its first moment: 2025-11-01, 2025-11-01T14:30 (of the site) or unix milliseconds')
    .option('--to <time>', 'Its end; a day is included')
    .addOption(new Option('--format <name>', 'How events are written').choices(FORMATS).default('jsonl'))
    .option('--output <file>', 'Where they go; compressed when it ends in .gz or .zst', '-')
    .examples([
      ['muntra export --output history.jsonl.zst', 'all there is'],
      ['muntra export mysite --from 2025-11-01 --to 2025-11-30 --format csv', 'a month for a spreadsheet'],
      ['muntra export mysite | muntra import - --site copy', 'into another site'],
    ])
    .action((site: string | undefined, flags: Flags) => exportEvents(site, flags, context));
}

async function exportEvents(id: string | undefined, flags: Flags, context: Context): Promise<void> {
  const client = await connect(context);
  const sites = id === undefined ? await client.sites() : [await pickSite(client, id)];
  const parts = sites.map(site => partOf(site, flags));
  const progress = openProgress(context);
  let events = 0;
  const written = textOf(client, parts, flags.format, () => progress.show(counted(++events, 'event')));
  await save(packed(written, flags.output), flags.output, context.world).finally(() => progress.end());
  context.say([[{ text: `Exported ${counted(events, 'event')} of ${counted(sites.length, 'site')}.` }]]);
}

interface Part {
  site: string;
  /** Unix milliseconds. */
  from: number | undefined;
  to: number | undefined;
}

/** By the clock of the site. Throws MuntraError `bad_request`. */
function partOf({ id, timezone }: Site, { from: first, to: last }: Flags): Part {
  const from = first === undefined ? undefined : readTime(first, timezone).from;
  const to = last === undefined ? undefined : readTime(last, timezone).to;
  if (from !== undefined && to !== undefined && from >= to) {
    throw new MuntraError('bad_request', 'The period ends before it begins', 'turn its two times round');
  }
  return { site: id, from, to };
}

/** In pieces of some size: what is written or compressed line by line takes five times as long. */
async function* textOf(
  client: Client,
  parts: Part[],
  format: Flags['format'],
  onEvent: () => void,
): AsyncGenerator<string> {
  let text = format === 'csv' ? csv([COLUMNS]) : '';
  for (const part of parts) {
    for await (const line of textLines(client.download('GET', 'export', { ...part }))) {
      onEvent();
      text += format === 'csv' ? csv([cells(JSON.parse(line))]) : `${harmless(line)}\n`;
      if (text.length < PIECE) continue;
      yield text;
      text = '';
    }
  }
  yield text;
}

function cells(event: Record<string, unknown>): (string | number)[] {
  return COLUMNS.map(column => {
    const value = event[column] ?? '';
    return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
  });
}
