/** All sites at a glance: a line for each, in the API's own shapes; `--json` prints them as they are. */
import type { Change, FleetSite, StatsAnswer } from '../../server/contract/stats.ts';
import { sparkline } from '../output/bar.ts';
import { count } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import { type Cell, type Column, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { growth } from './change.ts';
import { filterLine } from './headline.ts';

/** `filters`: those that the figures have passed. */
export interface FleetRow extends FleetSite {
  filters: string[];
}

export interface FleetOptions {
  /** Names the period. */
  title: string;
  filters: string[];
  /** Show the figures of the period before rather than the change. */
  compare: boolean;
}

/** A site without a visitor is marked as silent. */
export function fleetPage(rows: FleetRow[], { title, filters, compare }: FleetOptions, terminal: Terminal): Line[] {
  const before: Column = compare ? { title: 'Before', align: 'right' } : { title: '', leaves: 2 };
  const columns: Column[] = [
    { title: 'Site', flexible: true },
    { title: 'Visitors', align: 'right' },
    before,
    { title: 'Pageviews', align: 'right' },
    before,
    { title: 'Visits', align: 'right', leaves: 3 },
    { title: 'Trend', style: 'bar', leaves: 1 },
  ];
  const lines = rows.map(row => siteCells(row, compare, terminal.unicode));
  const all = rows.length > 1 ? [...lines, totalCells(rows)] : lines;
  return [
    [{ text: title, style: 'faint' }],
    ...filterLine(filters),
    [],
    ...table(columns, all, terminal, { fill: true }),
  ];
}

const SPARK_CELLS = 15;

function siteCells({ site, stats, timeseries }: FleetRow, compare: boolean, unicode: boolean): Cell[] {
  const { visitors, pageviews, visits } = stats;
  const before = (change: Change): Cell =>
    compare ? { text: count(change.prev), style: 'faint' } : growth(change, unicode);
  const silent = visitors.value === 0;
  const series = timeseries.points.map(point => point.visitors);
  return [
    silent ? { text: site, style: 'faint' } : site,
    count(visitors.value),
    before(visitors),
    count(pageviews.value),
    before(pageviews),
    count(visits.value),
    silent ? { text: 'silent', style: 'warning' } : sparkline(series, SPARK_CELLS, unicode),
  ];
}

function totalCells(rows: FleetRow[]): Cell[] {
  const total = (key: keyof StatsAnswer): Cell => ({
    text: count(rows.reduce((sum, { stats }) => sum + stats[key].value, 0)),
    style: 'strong',
  });
  const name: Cell = { text: `${rows.length} sites`, style: 'strong' };
  return [name, total('visitors'), '', total('pageviews'), '', total('visits')];
}
