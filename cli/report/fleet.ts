/** All sites at a glance: a line for each, in the API's own shapes; `--json` prints them as they are. */
import type { StatsAnswer, TimeseriesAnswer } from '../../server/contract.ts';
import type { Client } from '../client.ts';
import { sparkline } from '../output/bar.ts';
import { count } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import { type Cell, type Column, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { growth } from './change.ts';
import type { Period } from './period.ts';
import { fetchStats } from './site-report.ts';

export interface FleetRow {
  site: string;
  timezone: string;
  /** Unix milliseconds, [from, to). */
  from: number;
  to: number;
  previous: { from: number; to: number };
  filters: string[];
  stats: StatsAnswer;
  timeseries: TimeseriesAnswer;
}

/** Most visitors first. The period is read in each site's own time zone. */
export async function fetchFleet(
  client: Client,
  sites: { id: string; timezone: string }[],
  periodIn: (timezone: string) => Period,
  filters: string[],
): Promise<FleetRow[]> {
  const rows = sites.map(async ({ id, timezone }): Promise<FleetRow> => {
    const { from, to, previous, unit } = periodIn(timezone);
    const question = { site: id, from, to, filters };
    const [stats, timeseries] = await Promise.all([
      fetchStats(client, question, previous),
      client.timeseries(question, unit),
    ]);
    return { site: id, timezone, from, to, previous, filters, stats, timeseries };
  });
  return (await Promise.all(rows)).toSorted((a, b) => b.stats.visitors.value - a.stats.visitors.value);
}

/** `title` names the period. A site without a visitor is marked as silent. */
export function fleetPage(rows: FleetRow[], title: string, terminal: Terminal): Line[] {
  const columns: Column[] = [
    { title: 'Site', flexible: true },
    { title: 'Visitors', align: 'right' },
    { title: '' },
    { title: 'Pageviews', align: 'right' },
    { title: '' },
    { title: 'Visits', align: 'right' },
    { title: 'Visitors over time', style: 'bar' },
  ];
  const total = (key: keyof StatsAnswer): Cell => ({
    text: count(rows.reduce((sum, { stats }) => sum + stats[key].value, 0)),
    style: 'strong',
  });
  const all: Cell[] = [
    { text: `${rows.length} sites`, style: 'strong' },
    total('visitors'),
    '',
    total('pageviews'),
    '',
    total('visits'),
  ];
  const lines = rows.map(row => siteCells(row, terminal.unicode));
  return [
    [{ text: title, style: 'faint' }],
    [],
    ...table(columns, rows.length > 1 ? [...lines, all] : lines, terminal, { fill: true }),
  ];
}

const SPARK_CELLS = 18;

function siteCells({ site, stats, timeseries }: FleetRow, unicode: boolean): Cell[] {
  const { visitors, pageviews, visits } = stats;
  const silent = visitors.value === 0;
  return [
    silent ? { text: site, style: 'faint' } : site,
    count(visitors.value),
    growth(visitors, unicode),
    count(pageviews.value),
    growth(pageviews, unicode),
    count(visits.value),
    silent
      ? { text: 'silent', style: 'warning' }
      : sparkline(
          timeseries.points.map(point => point.visitors),
          SPARK_CELLS,
          unicode,
        ),
  ];
}
