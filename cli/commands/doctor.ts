/** `muntra doctor`: looks at everything that may go wrong, and says of each what to do about it. */
import manifest from '../../package.json' with { type: 'json' };
import { MuntraError } from '../../server/errors.ts';
import type { Client } from '../client.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { checkConfig, checkGround, checkPortTaken } from '../doctor/machine.ts';
import { judge } from '../doctor/server.ts';
import { checkProxy } from '../proxy/check.ts';
import { type Check, failed, reportChecks } from '../report/checks.ts';

export function define(command: MuntraCommand, context: Context): void {
  command
    .option('--json', 'Print the checks as JSON')
    .examples([
      ['muntra doctor', 'is all well?'],
      [`0 * * * * ${context.world.executable} doctor >/dev/null`, 'crontab: cron mails errors'],
    ])
    .action(async (flags: { json?: boolean }) => {
      const config = await checkConfig(context);
      const client = await connect(context).catch(unlessUnreadable);
      reportChecks(context, [config, ...(client ? await examine(context, client) : [])], flags.json ?? false);
    });
}

/** Settings that cannot be read name no server; the check of them has told so. */
function unlessUnreadable(error: unknown): undefined {
  const told = ['config_invalid', 'unauthorized'];
  if (!(error instanceof MuntraError) || !told.includes(error.code)) throw error;
}

async function examine(context: Context, client: Client): Promise<Check[]> {
  const { connection } = client;
  try {
    const system = await client.system();
    const canary = await checkProxy(client, connection.publicUrl || `${connection.url}/`);
    return [...judge(system, manifest.version, context.world.now()), ...canary];
  } catch (error) {
    if (!(error instanceof MuntraError)) throw error;
    if (error.code !== 'server_unreachable' || !connection.local) return [failed('server', error.message, error.hint)];
    return [await checkPortTaken(context, error), ...((await checkGround(context).catch(unlessUnreadable)) ?? [])];
  }
}
