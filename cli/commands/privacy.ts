/** `muntra privacy`: what is kept of visitors, for how long, and a text that tells them. */
import type { PrivacyAnswer } from '../../server/contract/privacy.ts';
import { MuntraError } from '../../server/errors.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import type { Style } from '../output/color.ts';
import { counted, date, duration } from '../output/format.ts';
import { json } from '../output/json.ts';
import type { Line } from '../output/line.ts';
import { table } from '../output/table.ts';
import { wrap } from '../output/width.ts';
import { privacyText } from '../report/privacy-text.ts';

interface Flags {
  text?: boolean;
  json?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .argument('[site]', 'Only the retention of this site (default: of all)')
    .option('--text', 'Print only the text for the privacy page of a site')
    .option('--json', 'Print it as JSON')
    .examples([
      ['muntra privacy', 'what is kept, and what never'],
      ['muntra privacy blog --text', "for the blog's privacy page"],
    ])
    .action(async (site: string | undefined, flags: Flags) => {
      const privacy = of(site, await (await connect(context)).privacy());
      const text = privacyText(privacy);
      if (flags.json) context.world.stdout.write(json({ ...privacy, text }));
      else if (flags.text) context.print(paragraphs(text));
      else context.print(page(privacy, context));
    });
}

function of(site: string | undefined, privacy: PrivacyAnswer): PrivacyAnswer {
  if (site === undefined) return privacy;
  const retention = privacy.retention.filter(kept => kept.site === site);
  if (retention.length > 0) return { ...privacy, retention };
  throw new MuntraError('unknown_site', `Unknown site "${site}"`, 'muntra sites list');
}

function page({ stored, never, retention, salt }: PrivacyAnswer, { terminal, world }: Context): Line[] {
  const columns = [{ title: 'Stored of an event' }, { title: 'What' }, { title: 'Such as', flexible: true, leaves: 1 }];
  const rows = stored.map(({ column, what, example }) => [column, what, example]);
  const kept = retention.map(({ site, days }) => [site, days === 0 ? 'for ever' : counted(days, 'day')]);
  const age = duration((world.now() - salt.since) / 1000);
  const left = duration((salt.until - world.now()) / 1000);
  const lines = (text: string, style?: Style): Line[] =>
    wrap(text, terminal.columns).map(piece => [{ text: piece, style }]);
  const faint = (text: string): Line[] => lines(text, 'faint');
  return [
    ...table(columns, rows, terminal),
    [],
    ...table([{ title: 'Site' }, { title: 'Events are kept' }], kept, terminal),
    ...faint('Totals by day, in which no visitor is, are kept for ever.'),
    [],
    ...faint('Salt'),
    ...lines(`of ${date(Date.parse(salt.day), 'UTC')} (UTC), ${age} old; destroyed in ${left}, at midnight UTC`),
    [],
    ...faint('Never stored'),
    ...never.flatMap(text => lines(`- ${text}`)),
    [],
    ...faint('A text for the privacy page: muntra privacy --text'),
  ];
}

const paragraphs = (text: string): Line[] => text.split('\n').map(line => [{ text: line }]);
