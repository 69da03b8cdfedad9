/** `muntra rollup`: brings the rollups up to date now, or computes all of them anew. */
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { counted } from '../output/format.ts';
import { json } from '../output/json.ts';

export function define(command: MuntraCommand, context: Context): void {
  command
    .option('--rebuild', 'Compute every day of every site anew from the events')
    .option('--json', 'Print the outcome as JSON')
    .examples([
      ['muntra rollup', 'roll up the days that have changed'],
      ['muntra rollup --rebuild', 'all days, after events were changed by hand'],
    ])
    .action(async (flags: { rebuild?: boolean; json?: boolean }) => {
      const outcome = await (await connect(context)).rollup(flags.rebuild ?? false);
      if (flags.json) context.world.stdout.write(json(outcome));
      else context.print([[{ text: `Rolled up ${counted(outcome.days, 'day')} in ${outcome.seconds.toFixed(2)} s.` }]]);
    });
}
