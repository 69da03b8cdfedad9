/** `muntra prune`: drops the events that are past their retention (the site's, or MUNTRA_RETENTION); their rollups stay. */
import type { PruneAnswer } from '../../server/contract/system.ts';
import { confirm } from '../ask.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { bytes, count, counted } from '../output/format.ts';
import { json } from '../output/json.ts';
import { table } from '../output/table.ts';

interface PruneFlags {
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .option('--dry-run', 'Tell what would go, and drop nothing')
    .option('--yes', 'Do not ask')
    .option('--json', 'Print the outcome as JSON')
    .examples([
      ['muntra prune --dry-run', 'how much is past its retention'],
      ['muntra prune --yes', 'drop it now; the server does so every day by itself'],
    ])
    .action((flags: PruneFlags) => prune(context, flags));
}

async function prune(context: Context, flags: PruneFlags): Promise<void> {
  const client = await connect(context);
  const show = (answer: PruneAnswer): void => {
    if (flags.json) context.world.stdout.write(json(answer));
    else context.print(lines(context, answer));
  };
  const plan = await client.prunePlan();
  if (flags.dryRun || plan.sites.length === 0) {
    show(plan);
    return;
  }
  if (!flags.yes) {
    context.say(lines(context, plan));
    if (!(await confirm(context, 'Drop these events for ever?'))) return;
  }
  show(await client.prune());
}

function lines({ terminal }: Context, { sites }: PruneAnswer) {
  if (sites.length === 0) return [[{ text: 'No event is past its retention.' }]];
  const rows = sites.map(({ site, retention, before, events, bytes: size }) => [
    site,
    counted(retention, 'day'),
    before,
    count(events),
    bytes(size),
  ]);
  const columns = [
    { title: 'Site', flexible: true },
    { title: 'Kept for', align: 'right' as const },
    { title: 'Events before' },
    { title: 'Events', align: 'right' as const },
    { title: 'Size', align: 'right' as const },
  ];
  return table(columns, rows, terminal);
}
