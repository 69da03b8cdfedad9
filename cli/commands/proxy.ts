/** `muntra proxy`: the lines for the web server in front, and whether it hands on what Muntra needs. */
import { Argument } from 'commander';
import { MuntraError } from '../../server/errors.ts';
import type { MuntraCommand } from '../command.ts';
import { connect, findServer } from '../connection.ts';
import type { Context } from '../context.ts';
import { proxySnippet, WEB_SERVERS, type WebServer } from '../proxy/snippet.ts';
import { readPublicUrl } from '../public-url.ts';
import { reportChecks } from '../report/checks.ts';

interface Flags {
  url?: string;
  check?: string | true;
  json?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .addArgument(new Argument('[server]', 'The web server to print the lines for').choices(WEB_SERVERS))
    .option('--url <address>', 'Where browsers shall reach Muntra (default: MUNTRA_PUBLIC_URL)')
    .option('--check [address]', 'Send an event that is counted nowhere through that address, and tell how it arrives')
    .option('--json', 'Print the checks as JSON')
    .examples([
      ['muntra proxy nginx --url https://example.com/muntra/', 'the lines for nginx'],
      ['muntra proxy --check https://example.com/muntra/', 'does the proxy do it right?'],
    ])
    .action(async (server: WebServer | undefined, flags: Flags) => {
      if (flags.check !== undefined) return check(context, flags);
      if (server === undefined) throw new MuntraError('usage', 'Which web server?', `muntra proxy ${WEB_SERVERS[0]}`);
      const { url, publicUrl } = findServer(context);
      const address = publicAddress(flags.url, publicUrl);
      context.world.stdout.write(proxySnippet(server, address, url));
      context.say([[{ text: `Then: muntra proxy --check ${address}`, style: 'faint' }]]);
    });
}

async function check(context: Context, { check, url, json = false }: Flags): Promise<void> {
  const client = await connect(context);
  const address = publicAddress(check === true ? url : check, client.connection.publicUrl);
  const { checkProxy } = await import('../proxy/check.ts');
  reportChecks(context, await checkProxy(client, address), json);
}

function publicAddress(given: string | undefined, configured: string): string {
  const address = readPublicUrl(given ?? configured);
  if (address !== '') return address;
  const hint = 'name it, or set MUNTRA_PUBLIC_URL=https://example.com/muntra/';
  throw new MuntraError('usage', 'The public address is not known', hint);
}
