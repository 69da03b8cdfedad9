/** `muntra stats`: the report about a site, or a line for each of all sites. */
import { Option } from 'commander';
import type { StatsAnswer } from '../../server/contract/stats.ts';
import type { Client } from '../client.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { csv } from '../output/csv.ts';
import { json } from '../output/json.ts';
import { noSites, pickSite } from '../pick-site.ts';
import { type FleetRow, fleetPage } from '../report/fleet.ts';
import { addReportOptions, type ReportFlags, readPeriod } from '../report/options.ts';
import { sitePage } from '../report/site-page.ts';
import { fetchSiteReport, type SiteReport } from '../report/site-report.ts';
import { printTurnedAway } from '../report/turned-away.ts';

const LIMIT = 8;

interface StatsFlags extends ReportFlags {
  bots?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .argument('[site]', 'Its id; without one, a line for each site')
    .addOption(
      new Option('--bots', 'Instead: what was turned away, by day and reason, and which robots came').conflicts([
        'filter',
        'compare',
      ]),
    );
  addReportOptions(command, LIMIT)
    .examples([
      ['muntra stats mysite', 'the last 30 days'],
      ['muntra stats mysite --period today', 'today, compared with yesterday until now'],
      ['muntra stats mysite --from 2025-11-01 --to 2025-11-15', 'these 15 days'],
      ['muntra stats mysite --filter country:is:SE', 'visitors from Sweden'],
      ['muntra stats mysite --bots', 'what was not counted'],
      ['muntra stats', 'all sites'],
    ])
    .action(async (id: string | undefined, flags: StatsFlags) => {
      const client = await connect(context);
      if (flags.bots) return printBots(client, id, flags, context);
      await (id === undefined ? printFleet(client, flags, context) : printSite(client, id, flags, context));
    });
}

async function printBots(client: Client, id: string | undefined, flags: ReportFlags, context: Context) {
  const site = id === undefined ? undefined : await pickSite(client, id);
  const { from, to, title } = readPeriod(flags, context.world.now(), site?.timezone ?? 'UTC');
  const drops = await client.drops({ from, to }, flags.limit, id);
  const subject = {
    site: site ?? { id: 'All sites, and events that name none', timezone: 'UTC' },
    from,
    to,
    title,
    filters: [],
  };
  printTurnedAway({ site: id ?? null, from, to, ...drops }, subject, flags, context);
}

async function printSite(client: Client, id: string, flags: ReportFlags, { world, terminal, print, say }: Context) {
  const site = await pickSite(client, id);
  const period = readPeriod(flags, world.now(), site.timezone);
  const report = await fetchSiteReport(client, site, period, { filters: flags.filter ?? [], limit: flags.limit });
  if (flags.json) world.stdout.write(json(report));
  else if (flags.csv) world.stdout.write(csv(siteRows(report)));
  else {
    print(sitePage(report, period.title, flags.compare ?? false, terminal));
    if (report.stats.pageviews.value === 0 && flags.filter === undefined) {
      say([[], [{ text: `The tag for its pages: muntra sites snippet ${site.id}`, style: 'faint' }]]);
    }
  }
}

async function printFleet(client: Client, flags: ReportFlags, { world, terminal, print }: Context) {
  const [{ from, to, period }, filters] = [flags, flags.filter ?? []];
  const { title } = readPeriod(flags, world.now(), 'UTC');
  const answer = await client.fleet(
    from === undefined ? { period } : { from, ...(to !== undefined && { to }) },
    filters,
  );
  const rows = answer.map(({ stats, timeseries, ...row }): FleetRow => ({ ...row, filters, stats, timeseries }));
  if (flags.json) world.stdout.write(json(rows));
  else if (flags.csv) world.stdout.write(csv(fleetRows(rows)));
  else if (rows.length === 0) throw noSites();
  else {
    const named = title || `from ${from} to ${to ?? 'now'}`;
    print(fleetPage(rows, { title: named, filters, compare: flags.compare ?? false }, terminal));
  }
}

/** One table for everything: `section` is `total`, `time`, a dimension or `turned_away`. */
function siteRows({ stats, timeseries, breakdowns, drops }: SiteReport): (string | number)[][] {
  const totals = Object.entries(stats).map(([name, { value, prev }]) => ['total', name, value, '', prev]);
  const times = timeseries.points.map(({ x, pageviews, visitors }) => [
    'time',
    new Date(x).toISOString(),
    pageviews,
    visitors,
    '',
  ]);
  const lists = Object.entries(breakdowns).flatMap(([by, rows]) =>
    rows.map(({ x, y, visitors }) => [by, x, y, visitors, '']),
  );
  const away = Object.entries(drops).map(([reason, events]) => ['turned_away', reason, events, '', '']);
  return [['section', 'name', 'value', 'visitors', 'previous'], ...totals, ...times, ...lists, ...away];
}

function fleetRows(rows: FleetRow[]): (string | number)[][] {
  const keys: (keyof StatsAnswer)[] = ['visitors', 'pageviews', 'visits', 'bounces', 'duration'];
  const header = ['site', ...keys.flatMap(key => [key, `${key}_previous`])];
  return [
    header,
    ...rows.map(({ site, stats }) => [site, ...keys.flatMap(key => [stats[key].value, stats[key].prev])]),
  ];
}
