/** `muntra flush`: stores what waits, now; made for cron. Asks the server, or does it itself where none runs. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlushAnswer } from '../../server/contract/system.ts';
import { becomeOwner } from '../../server/data-dir.ts';
import { MuntraError } from '../../server/errors.ts';
import type { MuntraCommand } from '../command.ts';
import { connect, findServer } from '../connection.ts';
import type { Context } from '../context.ts';
import { locatePlace, openPlace, readSettings } from '../data-place.ts';
import { counted } from '../output/format.ts';
import { json } from '../output/json.ts';

/** Milliseconds for a server that is starting, or another `muntra flush`, to be done. */
const PATIENCE = 30_000;

export function define(command: MuntraCommand, context: Context): void {
  command
    .option('--json', 'Print the outcome as JSON')
    .examples([
      ['muntra flush', 'store the events that wait'],
      [`* * * * * ${context.world.executable} flush >/dev/null`, 'crontab, MUNTRA_FLUSH_INTERVAL=0'],
    ])
    .action(async (flags: { json?: boolean }) => {
      const outcome = await flushSomehow(context, context.world.now() + PATIENCE);
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

async function flushSomehow(context: Context, until: number): Promise<FlushAnswer> {
  const { world } = context;
  for (;;) {
    try {
      return await (await connect(context)).flush();
    } catch (error) {
      if (!isError(error, 'server_unreachable') || !hasStorage(context)) throw error;
    }
    try {
      return await flushHere(context);
    } catch (error) {
      if (!isError(error, 'already_running') || world.now() > until) throw error;
    }
    await sleep(500, undefined, { signal: world.interrupt });
  }
}

const isError = (error: unknown, code: MuntraError['code']): boolean =>
  error instanceof MuntraError && error.code === code;

/** Whether the server's storage is this machine's: events may wait in a Redis or in the data directory. */
function hasStorage(context: Context): boolean {
  return findServer(context).local && (readSettings(context).redisUrl !== '' || existsSync(locatePlace(context).spool));
}

async function flushHere(context: Context): Promise<FlushAnswer> {
  const { world } = context;
  const [{ createLogger }, { flushStorage }] = await Promise.all([
    import('../../server/log.ts'),
    import('../../server/storage.ts'),
  ]);
  const config = readSettings(context);
  const dataDir = openPlace(context);
  becomeOwner(dataDir);
  return flushStorage(config, { dataDir, log: createLogger('error', world.stderr), now: world.now });
}
