/** `muntra token`: let others ask the server, without giving them the token that may do everything. */
import type { ApiToken } from '../../server/contract/token.ts';
import { type MuntraCommand, repeatable } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { date } from '../output/format.ts';
import { json } from '../output/json.ts';
import { table } from '../output/table.ts';
import { thisMachine } from '../service/systemd.ts';

interface Flags {
  json?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command.examples([
    ['muntra token create anna --site blog', 'may read the reports of one site'],
    ['muntra token list', 'who has one'],
    ['muntra token revoke anna', 'no longer'],
    ['muntra token rotate', "another token in muntra.env, the owner's"],
  ]);
  defineCreate(command, context);
  defineList(command, context);
  defineRevoke(command, context);
  defineRotate(command, context);
}

function defineCreate(command: MuntraCommand, context: Context): void {
  command
    .command('create')
    .description('Make a token and print it, once')
    .argument('<name>', 'Whom or what it is for')
    .option('--site <id>', 'Only for this site, repeatable (default: all)', repeatable)
    .option('--admin', 'May change things, not only read')
    .option('--json', 'Print it as JSON')
    .examples([
      ['muntra token create anna --site blog', 'may read the reports of one site'],
      ['muntra token create deploy --admin', 'may add sites'],
      ['(umask 077; muntra token create ci > token.txt)', 'the token alone, for its owner alone'],
    ])
    .action(async (name: string, flags: Flags & { site?: string[]; admin?: boolean }) => {
      const client = await connect(context);
      const access = flags.admin ? 'admin' : 'read';
      const made = await client.createToken({ name, access, sites: flags.site ?? null });
      if (flags.json) return void context.world.stdout.write(json(made));
      context.say([
        [{ text: `${made.name} may ${may(made)}. Whoever has this token sets MUNTRA_DASHBOARD_TOKEN to it;` }],
        [{ text: 'it is not shown again:' }],
      ]);
      context.print([[{ text: made.token }]]);
    });
}

function defineList(command: MuntraCommand, context: Context): void {
  command
    .command('list')
    .description('List the tokens that were made, not their secrets')
    .option('--json', 'Print them as JSON')
    .examples([['muntra token list --json', 'for machines']])
    .action(async (flags: Flags) => {
      const tokens = await (await connect(context)).tokens();
      if (flags.json) return void context.world.stdout.write(json(tokens));
      if (tokens.length === 0) {
        return context.say([[{ text: 'No tokens yet. Make one: muntra token create anna --site mysite' }]]);
      }
      const columns = [
        { title: 'Name' },
        { title: 'May', flexible: true, least: 24 },
        { title: 'Made', leaves: 1 },
        { title: 'Last used' },
      ];
      const rows = tokens.map(token => [token.name, may(token), date(token.created, 'UTC'), lastUse(token)]);
      context.print(table(columns, rows, context.terminal));
    });
}

function defineRevoke(command: MuntraCommand, context: Context): void {
  command
    .command('revoke')
    .description('Let nobody in with a token any more')
    .argument('<name>')
    .option('--json', 'Print what was revoked as JSON')
    .examples([['muntra token revoke anna', 'in force within a second']])
    .action(async (name: string, flags: Flags) => {
      const answer = await (await connect(context)).revokeToken(name);
      if (flags.json) return void context.world.stdout.write(json(answer));
      context.say([[{ text: `Revoked ${answer.revoked}.` }]]);
    });
}

function defineRotate(command: MuntraCommand, context: Context): void {
  command
    .command('rotate')
    .description('Replace the token in muntra.env, which may do everything')
    .option('--json', 'Print what was done as JSON')
    .examples([['sudo muntra token rotate', 'and restart the service, if there is one']])
    .action(async (flags: Flags) => {
      const { rotateToken } = await import('../rotate-token.ts');
      const rotated = await rotateToken(context, thisMachine(context.world));
      if (flags.json) return void context.world.stdout.write(json(rotated));
      const end = rotated.restarted ? 'the service was restarted' : 'restart the server to put it in force';
      context.say([[{ text: `${rotated.settings} has a new token; ${end}.` }]]);
    });
}

/** `read blog, shop`, `change everything` */
function may({ access, sites }: Pick<ApiToken, 'access' | 'sites'>): string {
  const what = sites === null ? 'everything' : sites.join(', ');
  return `${access === 'admin' ? 'change' : 'read'} ${what}`;
}

const lastUse = ({ lastUsed }: ApiToken): string => (lastUsed ? date(Date.parse(lastUsed), 'UTC') : 'never');
