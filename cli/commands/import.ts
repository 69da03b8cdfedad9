/** `muntra import`: events of the past, from a file of JSON lines; started again it goes on where it was. */
import { MuntraError } from '../../server/errors.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { fingerprint, openSource } from '../file/source.ts';
import { textLines } from '../file/text-lines.ts';
import { type ImportOutcome, importLines, MAX_LINE } from '../import-events.ts';
import { count, counted } from '../output/format.ts';
import { json } from '../output/json.ts';
import type { Line } from '../output/line.ts';
import { openProgress } from '../output/progress.ts';
import { pickSite } from '../pick-site.ts';

interface Flags {
  site?: string;
  source?: string;
  json?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .argument('<file>', 'JSON lines as `muntra export` writes them, also .gz and .zst; - for stdin')
    .option('--site <site>', 'Where all of them belong, whatever they say')
    .option('--source <name>', 'Names the lines, which are stored once under it (default: made of what is in the file)')
    .option('--json', 'Print the outcome as JSON')
    .examples([
      ['muntra import history.jsonl.zst', 'what muntra export has written'],
      ['muntra import history.jsonl --site mysite', 'all into one site'],
      ['tail -n +1 -f log.jsonl | muntra import - --source log', 'a file that grows'],
    ])
    .action((file: string, flags: Flags) => importFile(file, flags, context));
}

async function importFile(file: string, flags: Flags, context: Context): Promise<void> {
  const { world, print, say } = context;
  if (file === '-' && context.flags.tokenStdin) {
    throw new MuntraError('usage', 'Events and the token cannot both come from stdin', 'set MUNTRA_DASHBOARD_TOKEN');
  }
  const client = await connect(context);
  const site = flags.site === undefined ? undefined : (await pickSite(client, flags.site)).id;
  const source = openSource(file, world);
  const { name, pieces } = await fingerprint(source);
  const progress = openProgress(context);
  const outcome = await importLines(client, textLines(pieces, MAX_LINE), {
    source: flags.source ?? [name, site].filter(part => part !== undefined).join(' '),
    site,
    onProgress: ({ events }) => progress.show(counted(events, 'event'), source.share()),
  }).finally(() => progress.end());
  if (flags.json) world.stdout.write(json(outcome));
  else print([[{ text: summary(outcome) }]]);
  say(problems(outcome));
  if (outcome.lines === outcome.skipped && outcome.skipped > 0) say([[{ text: AGAIN, style: 'faint' }]]);
  if (outcome.refused > 0 && outcome.events + outcome.skipped === 0) throw nothingUsed(file, flags.source);
}

const AGAIN = 'Lines are stored once. Was their site removed since? Then --source <another name> stores them again.';

function nothingUsed(file: string, source: string | undefined): MuntraError {
  const again = source === undefined ? 'a changed file is read anew' : 'they are read anew under another --source';
  return new MuntraError('bad_request', `no line of ${file} could be used`, `correct them; ${again}`);
}

function summary({ events, skipped, refused }: ImportOutcome): string {
  const parts = [
    `Imported ${counted(events, 'event')}`,
    ...(skipped > 0 ? [`${counted(skipped, 'line')} had been read before`] : []),
    ...(refused > 0 ? [`${counted(refused, 'line')} could not be used`] : []),
  ];
  return `${parts.join('; ')}.`;
}

function problems({ refused, problems: shown }: ImportOutcome): Line[] {
  const lines = shown.map(({ line, reason }): Line => [{ text: `line ${count(line)}: ${reason}`, style: 'faint' }]);
  const rest = refused - shown.length;
  return rest > 0 ? [...lines, [{ text: `... and ${counted(rest, 'line')} more`, style: 'faint' }]] : lines;
}
