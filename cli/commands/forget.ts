/** `muntra forget`: removes what a visitor left today, as far back as anybody can tell whose events are whose. */
import { text } from 'node:stream/consumers';
import type { ForgetAnswer } from '../../server/contract/privacy.ts';
import { MuntraError } from '../../server/errors.ts';
import { confirm } from '../ask.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { count, counted, date } from '../output/format.ts';
import { json } from '../output/json.ts';
import type { Line } from '../output/line.ts';
import { table } from '../output/table.ts';
import { readVisitorAddress } from '../visitor-address.ts';

interface Flags {
  ip: string;
  ua: string;
  site?: string;
  yes?: boolean;
  json?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .requiredOption('--ip <address>', 'Address of the visitor, - to read it from stdin; neither kept nor logged')
    .requiredOption('--ua <text>', 'User agent of the browser')
    .option('--site <id>', 'Only of this site (default: of all)')
    .option('--yes', 'Do not ask')
    .option('--json', 'Print what is gone as JSON')
    .examples([
      ['muntra forget --ip 203.0.113.1 --ua "Mozilla/5.0 ..."', 'on all sites'],
      ['muntra forget --ip - --ua "$ua" --site blog --yes <ip.txt', 'the address is not in the list of processes'],
    ])
    .action((flags: Flags) => forget(context, flags));
}

async function forget(context: Context, { ip, ua: userAgent, site, ...flags }: Flags): Promise<void> {
  if (ip === '-' && context.flags.tokenStdin) {
    throw new MuntraError(
      'usage',
      'The address and the token cannot both come from stdin',
      'set MUNTRA_DASHBOARD_TOKEN',
    );
  }
  const typed = ip === '-' ? undefined : readVisitorAddress(ip);
  const client = await connect(context);
  const where = site === undefined ? 'all sites' : `site ${site}`;
  if (!flags.yes && !(await confirm(context, `Remove today's events of this visitor from ${where} for ever?`))) return;
  const visitor = { ip: typed ?? (await readAddress(context)), userAgent };
  const answer = await client.forget(visitor, site);
  if (flags.json) context.world.stdout.write(json(answer));
  else context.print(lines(answer, context));
}

async function readAddress({ world }: Context): Promise<string> {
  const address = (await text(world.stdin)).trim();
  if (address !== '') return readVisitorAddress(address);
  throw new MuntraError('usage', 'There is no address on stdin', 'muntra forget --ip - --ua "Mozilla/5.0 ..." <ip.txt');
}

function lines({ day, sites }: ForgetAnswer, { terminal }: Context): Line[] {
  const today = date(Date.parse(day), 'UTC');
  const total = sites.reduce((sum, { events }) => sum + events, 0);
  const columns = [
    { title: 'Site', flexible: true },
    { title: 'Removed', align: 'right' as const },
  ];
  const rows = sites.map(({ site, events }) => [site, count(events)]);
  const outcome = total === 0 ? 'There are no events' : `${counted(total, 'event')} removed`;
  return [
    ...(sites.length > 1 ? [...table(columns, rows, terminal), []] : []),
    [{ text: `${outcome} of this visitor on ${today} (UTC).` }],
    [
      {
        text: 'The salts of the days before are destroyed: nobody can tell which of their events are whose.',
        style: 'faint',
      },
    ],
  ];
}
