/** `muntra origins`: whose pages may send events for a site. */
import type { OriginsAnswer } from '../../server/contract/site.ts';
import type { Client } from '../client.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';
import { pickSite } from '../pick-site.ts';

type Action = (client: Client, site: string, origin: string) => Promise<OriginsAnswer>;

export function define(command: MuntraCommand, context: Context): void {
  command.examples([
    ['muntra origins add mysite "*.example.com"', 'every subdomain'],
    ['muntra origins list mysite', 'what is allowed'],
  ]);
  const list: Action = (client, site) => client.origins(site);
  defineOne(command, context, 'list', 'List the hosts whose pages may send events', list);
  const change = (name: string, description: string, action: Action) =>
    defineOne(command, context, name, description, action).argument(
      '<origin>',
      'example.com, *.example.com, localhost:3000',
    );
  change('add', 'Allow a host', (client, site, origin) => client.addOrigin(site, origin));
  change('remove', 'Allow a host no longer', (client, site, origin) => client.removeOrigin(site, origin));
}

/** Each prints the origins as they are afterwards. */
function defineOne(
  command: MuntraCommand,
  context: Context,
  name: string,
  description: string,
  action: Action,
): MuntraCommand {
  return command
    .command(name)
    .description(description)
    .argument('<site>', 'Its id')
    .option('--json', 'Print the origins as JSON')
    .action(async function (this: MuntraCommand, id: string, origin: string) {
      const client = await connect(context);
      const site = await pickSite(client, id);
      const answer = await action(client, site.id, origin);
      if (this.opts<{ json?: boolean }>().json) return void context.world.stdout.write(json(answer));
      context.print(answer.origins.map(text => [{ text }]));
      if (answer.origins.length === 0) context.say([[{ text: `Any host may send events for ${site.id}.` }]]);
    });
}
