/** `muntra explain`: what becomes of an event, and why. */
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';
import { checkLines } from '../report/checks.ts';
import { readVisitorAddress } from '../visitor-address.ts';

interface Flags {
  site: string;
  url: string;
  ua: string;
  ip: string;
  origin?: string;
  referrer?: string;
  json?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .requiredOption('--site <id>', 'The site that the tracker names')
    .requiredOption('--url <address>', 'Address of the page')
    .requiredOption('--ua <text>', 'User agent of the browser')
    .requiredOption('--ip <address>', 'Address of the visitor; neither kept nor logged')
    .option('--origin <origin>', 'The Origin header (default: that of the page)')
    .option('--referrer <address>', 'Where the visitor came from')
    .option('--json', 'Print the steps as JSON')
    .examples([
      [
        'muntra explain --site mysite --url https://example.com/ --ua "Mozilla/5.0 ..." --ip 203.0.113.1',
        'is it counted?',
      ],
    ])
    .action((flags: Flags) => explain(context, flags));
}

async function explain(context: Context, { site, url, ua: userAgent, json: asJson, ...flags }: Flags): Promise<void> {
  const { origin = originOf(url), referrer = '' } = flags;
  const ip = readVisitorAddress(flags.ip);
  const answer = await (await connect(context)).explain({ site, url, userAgent, ip, origin, referrer });
  if (asJson) return void context.world.stdout.write(json(answer));
  const last = answer.steps.length - 1;
  const steps = answer.steps.map((step, i) => ({ ...step, hint: i === last ? answer.hint : '' }));
  const verdict = answer.kept ? 'The event is kept.' : 'The event is not kept.';
  context.print([
    ...checkLines(steps, context),
    [{ text: verdict, style: 'strong' }, { text: ` The browser is told ${answer.status}.` }],
  ]);
}

/** What a browser sends from that page. */
const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : '');
