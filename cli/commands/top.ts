/** `muntra top`: one list of a report in full length. */
import { type BreakdownAnswer, DIMENSIONS } from '../../server/contract/stats.ts';
import { MuntraError } from '../../server/errors.ts';
import type { Question } from '../client.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { csv } from '../output/csv.ts';
import { json } from '../output/json.ts';
import { pickSite } from '../pick-site.ts';
import { addReportOptions, type ReportFlags, readPeriod } from '../report/options.ts';
import { topPage } from '../report/top-page.ts';

const LIMIT = 20;
/** Rows asked of the period before: what leads now may have been anywhere then. */
const ALL = 10_000;

interface TopFlags extends ReportFlags {
  event?: string;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .argument('<dimension>', `One of ${DIMENSIONS.join(', ')}, or prop:<key>`)
    .argument('[site]', 'Its id; may be left out where there is one site')
    .option('--event <name>', 'The custom event whose property prop:<key> is');
  addReportOptions(command, LIMIT)
    .examples([
      ['muntra top url mysite --limit 50', 'the 50 most seen pages'],
      ['muntra top referrer --period 7d --compare', 'who sends visitors, and before'],
      ['muntra top prop:plan --event signup', 'values of a property of an event'],
    ])
    .action((by: string, site: string | undefined, flags: TopFlags) => top(by, site, flags, context));
}

async function top(by: string, id: string | undefined, flags: TopFlags, context: Context): Promise<void> {
  checkDimension(by, flags.event);
  const { world, terminal, print } = context;
  const client = await connect(context);
  const site = await pickSite(client, id);
  const { from, to, previous, title } = readPeriod(flags, world.now(), site.timezone);
  const question: Question = { site: site.id, from, to, filters: flags.filter ?? [] };
  const rows = await client.breakdown(question, by, flags.limit, flags.event);
  if (flags.json) return void world.stdout.write(json(rows));
  if (flags.csv) return void world.stdout.write(csv(asRows(by, rows)));
  const before = flags.compare ? await client.breakdown({ ...question, ...previous }, by, ALL, flags.event) : undefined;
  print(topPage(by, rows, before, { site, from, to, title, filters: flags.filter ?? [] }, terminal));
}

function checkDimension(by: string, event: string | undefined): void {
  if (by === 'prop:') {
    throw new MuntraError('usage', 'prop: names no property', `muntra top prop:plan --event ${event ?? 'signup'}`);
  }
  if (by.startsWith('prop:')) {
    if (event === undefined) throw new MuntraError('usage', `${by} needs the event it belongs to`, '--event signup');
  } else if (!DIMENSIONS.some(dimension => dimension === by)) {
    throw new MuntraError('usage', `Unknown dimension "${by}"`, `one of ${DIMENSIONS.join(', ')}, or prop:<key>`);
  }
}

function asRows(by: string, rows: BreakdownAnswer): (string | number)[][] {
  return [[by, 'events', 'visitors'], ...rows.map(({ x, y, visitors }) => [x, y, visitors])];
}
