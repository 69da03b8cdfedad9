/** `muntra service`: Muntra as a systemd service that starts with the machine. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MuntraError } from '../../server/errors.ts';
import type { MuntraCommand } from '../command.ts';
import { findServer } from '../connection.ts';
import type { Context } from '../context.ts';
import { locatePlace, openPlace } from '../data-place.ts';
import { writeFirstSettings } from '../first-settings.ts';
import { bytes } from '../output/format.ts';
import { json } from '../output/json.ts';
import { installService, removeService } from '../service/install.ts';
import { type Machine, needSystemd, type ServiceState, serviceState, thisMachine } from '../service/systemd.ts';
import { SERVICE, unit } from '../service/unit.ts';
import { whatIsAway } from './healthcheck.ts';

export function define(command: MuntraCommand, context: Context): void {
  const machine = thisMachine(context.world);
  command.examples([
    ['sudo muntra service install', 'run it from now on, and after each boot'],
    ['muntra service status', 'is it running?'],
  ]);
  command
    .command('install')
    .description('Install the service, or bring it up to date, and start it')
    .examples([['sudo muntra service install', 'again after a change: nothing that is right is touched']])
    .action(() => install(context, machine));
  command
    .command('status')
    .description('Tell whether it runs; exit with 1 when it does not')
    .option('--json', 'Print it as JSON')
    .action((flags: { json?: boolean }) => status(context, machine, flags.json ?? false));
  command
    .command('remove')
    .description('Stop it and remove the unit; data and settings stay')
    .action(async () => {
      const done = await removeService(machine);
      tell(context, done.length > 0 ? done : ['there is no service to remove']);
    });
  command
    .command('print')
    .description('Print the unit that install writes')
    .action(() => {
      const { path } = locatePlace(context);
      context.world.stdout.write(unit({ executable: context.world.executable, dataDir: path }));
    });
}

/** Installs it, with `restart` restarts it in any case, and waits until the server is ready. */
export async function install(context: Context, machine: Machine, restart = false): Promise<void> {
  needSystemd(machine, true);
  const { world } = context;
  const dataDir = openPlace(context);
  // The service has this file alone, not the environment of who installs it.
  writeFirstSettings(dataDir, {});
  const done = await installService(machine, { executable: world.executable, dataDir: dataDir.path }, restart);
  tell(context, done.length > 0 ? done : ['the service is installed and runs; there was nothing to do']);
  const { url } = findServer({ world: { ...world, env: {} }, flags: { color: true, dataDir: dataDir.path } });
  await ready(url, world.interrupt);
  tell(context, [`Muntra is ready at ${url}; its log: journalctl -u ${SERVICE}`]);
}

const PATIENCE = 60;

async function ready(url: string, signal: AbortSignal): Promise<void> {
  let away = await whatIsAway(url);
  for (let waited = 0; away !== undefined && waited < PATIENCE; waited++) {
    await sleep(1000, undefined, { signal });
    away = await whatIsAway(url);
  }
  if (away)
    throw new MuntraError('unhealthy', `The service does not get ready: ${away}`, `journalctl -u ${SERVICE} -n 20`);
}

async function status(context: Context, machine: Machine, asJson: boolean): Promise<void> {
  needSystemd(machine, false);
  const state = await serviceState(machine);
  if (asJson) context.world.stdout.write(json(state));
  else context.print([[{ text: sentence(state) }]]);
  if (state.state === 'active') return;
  const hint = state.installed ? `journalctl -u ${SERVICE} -n 20` : 'sudo muntra service install';
  throw new MuntraError('unhealthy', `The service ${SERVICE} is ${state.state}`, hint);
}

function sentence({ installed, enabled, state, pid, memory }: ServiceState): string {
  if (!installed) return 'not installed';
  const running = pid === null ? [] : [`process ${pid}`, ...(memory === null ? [] : [bytes(memory)])];
  return [state, ...running, enabled ? 'starts with the machine' : 'does not start with the machine'].join(', ');
}

function tell({ say }: Context, lines: string[]): void {
  say(lines.map(text => [{ text: `- ${text}` }]));
}
