/** `muntra flush`: stores what waits, now; made for cron. Asks the server, or does it itself where none runs. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../server/config.ts';
import type { FlushAnswer } from '../../server/contract/system.ts';
import { locateDataDir } from '../../server/data-dir.ts';
import { readEnvFile } from '../../server/env-file.ts';
import { MuntraError } from '../../server/errors.ts';
import type { MuntraCommand } from '../command.ts';
import { connect, findServer } from '../connection.ts';
import type { Context } from '../context.ts';
import { counted } from '../output/format.ts';
import { json } from '../output/json.ts';

/** Milliseconds for a server that is starting, or another `muntra flush`, to be done. */
const PATIENCE = 30_000;

export function define(command: MuntraCommand, context: Context): void {
  command
    .option('--json', 'Print the outcome as JSON')
    .examples([
      ['muntra flush', 'store the events that wait'],
      ['* * * * * muntra flush >/dev/null', 'in a crontab, with MUNTRA_FLUSH_INTERVAL=0'],
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

const place = ({ world, flags }: Context) => locateDataDir(flags.dataDir ?? world.env.MUNTRA_DATA_DIR ?? '', world);
const settings = (context: Context) => ({ file: readEnvFile(place(context).envFile), env: context.world.env });

/** Whether the server's storage is this machine's: events may wait in a Redis or in the data directory. */
function hasStorage(context: Context): boolean {
  return (
    findServer(context).local && (readConfig(settings(context)).redisUrl !== '' || existsSync(place(context).spool))
  );
}

async function flushHere(context: Context): Promise<FlushAnswer> {
  const { world } = context;
  const [{ openDataDir }, { createLogger }, { flushStorage }] = await Promise.all([
    import('../../server/data-dir.ts'),
    import('../../server/log.ts'),
    import('../../server/storage.ts'),
  ]);
  const log = createLogger('error', world.stderr);
  const dataDir = openDataDir(place(context).path, world);
  return flushStorage(readConfig(settings(context)), { dataDir, log, now: world.now });
}
