/**
 * `muntra init`: from nothing to a server that counts, by questions or by flags alone. It looks at everything before it
 * writes anything, says what it does, and run again changes only what it is told to.
 */
import { Option } from 'commander';
import { readEnvFile } from '../../server/env-file.ts';
import { readSnapshot } from '../../server/sites/snapshot.ts';
import { type MuntraCommand, repeatable } from '../command.ts';
import type { Context } from '../context.ts';
import { carryOut } from '../init/carry-out.ts';
import { printOutcome } from '../init/outcome.ts';
import { makePlan, planLines } from '../init/plan.ts';
import { lookAround, type Setting } from '../init/setting.ts';
import { type InitFlags, readWishes, STORAGES, type Wishes } from '../init/wishes.ts';
import { terminalOf } from '../output/terminal.ts';
import { WEB_SERVERS } from '../proxy/snippet.ts';
import { readPublicUrl } from '../public-url.ts';

export function define(command: MuntraCommand, context: Context): void {
  command
    .option('--url <address>', 'Where browsers reach Muntra, such as https://example.com/muntra/')
    .option('--listen <host:port>', 'Where it listens (default: 127.0.0.1:8090)')
    .addOption(new Option('--storage <kind>', 'Where the data is kept (default: embedded)').choices(STORAGES))
    .option('--site <id>', 'The first site')
    .option('--origin <host>', 'A host whose pages may send its events, repeatable', repeatable)
    .option('--timezone <zone>', 'Whose days its reports follow, such as Europe/Stockholm')
    .option('--service', 'Run it as a systemd service (root)')
    .option('--no-service', 'Do not ask about that')
    .addOption(new Option('--proxy <server>', 'The web server in front (default: nginx)').choices(WEB_SERVERS))
    .option('--yes', 'Ask nothing: flags, then what is so already, then what is usual')
    .option('--json', 'Print the outcome as JSON; asks nothing either')
    .addHelpText('after', SERVERS)
    .examples([
      ['muntra init', 'by questions'],
      [
        'sudo muntra init --yes --url https://example.com/muntra/ --site mysite --origin example.com --service',
        'in one line',
      ],
      ['MUNTRA_POSTGRES_DSN=... MUNTRA_REDIS_URL=... muntra init --yes --storage existing', 'with servers of yours'],
    ])
    .action((flags: InitFlags) => init(context, flags));
}

const SERVERS = `
Servers of yours come from MUNTRA_POSTGRES_DSN and MUNTRA_REDIS_URL in the environment: an argument would show their
passwords to everybody on this machine. With sudo export them and name them:
sudo --preserve-env=MUNTRA_POSTGRES_DSN,MUNTRA_REDIS_URL muntra init`;

async function init(context: Context, flags: InitFlags): Promise<void> {
  const setting = lookAround(context);
  const wishes = await wish(context, flags, setting);
  const plan = await makePlan(wishes, context, setting);
  if (asks(flags)) {
    const { agree } = await wizard(context);
    if (!(await agree(context.world, planLines(plan)))) return context.say([[{ text: 'Nothing was changed.' }]]);
  }
  await carryOut(context, plan, setting);
  printOutcome(context, plan, setting, flags.json ?? false);
}

const asks = ({ yes, json }: InitFlags): boolean => !yes && !json;

/** Clack looks into the environment of the process: for colours each time, for what the terminal can show when it is loaded. */
function wizard({ world, flags }: Context) {
  const { color, unicode } = terminalOf(world.stderr, world.env, flags.color);
  world.setEnv({ ...(!color && { FORCE_COLOR: '0' }), ...(!unicode && { TERM: 'linux' }) });
  return import('../init/wizard.ts');
}

async function wish(context: Context, flags: InitFlags, setting: Setting): Promise<Wishes> {
  const { world } = context;
  const { dataDir } = setting;
  const given = { ...flags, ...(flags.url !== undefined && { url: readPublicUrl(flags.url) }) };
  const wishes = readWishes(given, world.env, readEnvFile(dataDir.envFile), dataDir);
  if (!asks(flags)) return wishes;
  const { askWishes } = await wizard(context);
  return askWishes(wishes, given, { world, setting, sites: readSnapshot(dataDir.sites)?.length ?? 0 });
}
