/** `muntra sites`: what is counted, by whose days, and for how long it is kept. */
import { MuntraError } from '../../server/errors.ts';
import { confirm } from '../ask.ts';
import { type MuntraCommand, repeatable } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { field } from '../output/field.ts';
import { counted } from '../output/format.ts';
import { json } from '../output/json.ts';
import { table } from '../output/table.ts';
import { pickSite } from '../pick-site.ts';
import { dropsText } from '../report/drops.ts';
import { hosts, kept, RETENTION, readRetention, type SettingFlags, settingsOf, since } from '../site-settings.ts';
import { printTag, trackerTag } from '../snippet.ts';

interface Flags {
  json?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command.examples([
    ['muntra sites add mysite --origin example.com', 'count the pages of example.com'],
    ['muntra sites set mysite --retention 90d', 'keep its events for 90 days'],
    ['muntra sites snippet mysite', 'the tag for its pages'],
    ['muntra sites list', 'all sites'],
  ]);
  defineAdd(command, context);
  defineSet(command, context);
  defineList(command, context);
  defineShow(command, context);
  defineSnippet(command, context);
  defineRemove(command, context);
}

function defineAdd(command: MuntraCommand, context: Context): void {
  command
    .command('add')
    .description('Add a site; it counts at once')
    .argument('<site>', 'Its id, as the tracker will name it')
    .option('--origin <host>', 'A host whose pages may send events, repeatable (default: any)', repeatable)
    .option('--timezone <zone>', 'Whose days the reports follow, such as Europe/Stockholm (default: UTC)')
    .option('--retention <days>', RETENTION, readRetention)
    .option('--url <address>', 'Where the server is seen from the web, for the tag')
    .option('--json', 'Print the site as JSON')
    .examples([
      ['muntra sites add mysite --origin example.com', 'one host'],
      ['muntra sites add mysite --origin example.com --origin "*.example.com"', 'its subdomains too'],
      ['muntra sites add mysite --timezone Europe/Stockholm', 'days of Stockholm'],
    ])
    .action(async (id: string, flags: Flags & SettingFlags & { origin?: string[]; url?: string }) => {
      const { origin: origins = [], url } = flags;
      // A wrong address is refused before anything is added.
      if (url !== undefined) trackerTag(id, url);
      const client = await connect(context);
      const site = await client.addSite({ id, origins, ...settingsOf(flags) });
      if (flags.json) return void context.world.stdout.write(json(site));
      context.say([
        [{ text: `Site ${site.id} counts pages of ${hosts(site)}.` }],
        [{ text: 'Put this into the <head> of its pages:' }],
      ]);
      printTag(context, site.id, url, client.connection);
    });
}

function defineSet(command: MuntraCommand, context: Context): void {
  command
    .command('set')
    .description('Change the time zone of a site, or for how long its events are kept')
    .argument('<site>')
    .option('--timezone <zone>', 'Whose days the reports follow, such as Europe/Stockholm')
    .option('--retention <days>', RETENTION, readRetention)
    .option('--json', 'Print the site as JSON')
    .examples([
      ['muntra sites set mysite --timezone Europe/Stockholm', 'days of Stockholm'],
      ['muntra sites set mysite --retention 90d', 'older events go when the server prunes next'],
      ['muntra sites set mysite --retention default', 'as MUNTRA_RETENTION says'],
    ])
    .action(async (id: string, flags: Flags & SettingFlags) => {
      const settings = settingsOf(flags);
      if (Object.keys(settings).length === 0) {
        throw new MuntraError('usage', 'Nothing to change', `muntra sites set ${id} --retention 90d`);
      }
      const client = await connect(context);
      const site = await client.changeSite((await pickSite(client, id)).id, settings);
      if (flags.json) return void context.world.stdout.write(json(site));
      context.say([[{ text: `Site ${site.id} has the days of ${site.timezone}; its events are kept ${kept(site)}.` }]]);
    });
}

function defineList(command: MuntraCommand, context: Context): void {
  command
    .command('list')
    .description('List all sites')
    .option('--json', 'Print them as JSON')
    .examples([['muntra sites list --json', 'for machines']])
    .action(async (flags: Flags) => {
      const sites = await (await connect(context)).sites();
      if (flags.json) return void context.world.stdout.write(json(sites));
      if (sites.length === 0) {
        return context.say([[{ text: 'No sites yet. Add one: muntra sites add mysite --origin example.com' }]]);
      }
      const columns = [
        { title: 'Site' },
        { title: 'Origins', flexible: true },
        { title: 'Time zone', leaves: 2 },
        { title: 'Added', leaves: 1 },
      ];
      const rows = sites.map(site => [site.id, hosts(site), site.timezone, since(site)]);
      context.print(table(columns, rows, context.terminal));
    });
}

function defineShow(command: MuntraCommand, context: Context): void {
  command
    .command('show')
    .description('Show a site, and what was turned away in the last 30 days')
    .argument('<site>')
    .option('--json', 'Print it as JSON')
    .examples([['muntra sites show mysite', 'its origins and what was filtered']])
    .action(async (id: string, flags: Flags) => {
      const client = await connect(context);
      const site = await client.site((await pickSite(client, id)).id);
      if (flags.json) return void context.world.stdout.write(json(site));
      const fields = [
        ['Origins', hosts(site)],
        ['Time zone', site.timezone],
        ['Events kept', kept(site)],
        ['Added', since(site)],
      ];
      const drops = site.drops.map(({ day, reasons }) => [day, dropsText(reasons)]);
      context.print([
        [{ text: site.id, style: 'strong' }],
        ...fields.flatMap(([name = '', text = '']) => field(name, { text }, 13, context.terminal.columns)),
        [],
        ...(drops.length === 0
          ? [[{ text: 'Nothing was turned away.', style: 'faint' as const }]]
          : table([{ title: 'Day (UTC)' }, { title: 'Turned away', flexible: true }], drops, context.terminal)),
      ]);
    });
}

function defineSnippet(command: MuntraCommand, context: Context): void {
  command
    .command('snippet')
    .description('Print the tag for the pages of a site')
    .argument('<site>')
    .option('--url <address>', 'Where the server is seen from the web')
    .examples([['muntra sites snippet mysite --url https://example.com/muntra/', 'behind a proxy']])
    .action(async (id: string, flags: { url?: string }) => {
      const client = await connect(context);
      const site = await pickSite(client, id);
      printTag(context, site.id, flags.url, client.connection);
    });
}

function defineRemove(command: MuntraCommand, context: Context): void {
  command
    .command('remove')
    .description('Remove a site and all its events')
    .argument('<site>')
    .option('--yes', 'Do not ask')
    .option('--json', 'Print what was removed as JSON')
    .examples([['muntra sites remove mysite --yes', 'from a script']])
    .action(async (id: string, flags: Flags & { yes?: boolean }) => {
      const client = await connect(context);
      // Not looked up in the list: a site whose removal was interrupted is not in it.
      if (!flags.yes && !(await confirm(context, `Remove ${id} and all its events?`))) {
        return context.say([[{ text: `${id} stays.` }]]);
      }
      const removed = await client.removeSite(id);
      if (flags.json) return void context.world.stdout.write(json(removed));
      context.say([[{ text: `Removed ${removed.removed} and ${counted(removed.events, 'event')}.` }]]);
    });
}
