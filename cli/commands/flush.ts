/** `muntra flush`: stores what waits, now; made for cron. */
import { MuntraError } from '../../server/errors.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { counted } from '../output/format.ts';
import { json } from '../output/json.ts';

export function define(command: MuntraCommand, context: Context): void {
  command
    .option('--json', 'Print the outcome as JSON')
    .examples([
      ['muntra flush', 'store the events that wait'],
      ['* * * * * muntra flush >/dev/null', 'in a crontab, with MUNTRA_FLUSH_INTERVAL=0'],
    ])
    .action(async (flags: { json?: boolean }) => {
      const outcome = await (await connect(context)).flush();
      const { events, rejected, seconds, waiting } = outcome;
      if (flags.json) context.world.stdout.write(json(outcome));
      else {
        const refused = rejected > 0 ? `, ${counted(rejected, 'event')} refused (see rejected_events)` : '';
        context.print([[{ text: `Stored ${counted(events, 'event')} in ${seconds.toFixed(2)} s${refused}.` }]]);
      }
      if (waiting === 0) return;
      throw new MuntraError('not_ready', `${counted(waiting, 'event')} still wait`, 'muntra flush');
    });
}
