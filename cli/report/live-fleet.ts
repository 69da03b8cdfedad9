/** Who is on all sites now: one reading in figures, and the picture of it. */
import type { Client } from '../client.ts';
import { bar } from '../output/bar.ts';
import { count } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import { type Cell, type Column, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { liveTitle } from './live-title.ts';
import { MINUTE, MINUTES } from './minutes.ts';

export interface FleetReading {
  /** Unix milliseconds. */
  at: number;
  /** Visitors of the last 5 minutes, all sites. */
  active: number;
  /** Most active first; visitors and pageviews of the last 30 minutes. */
  sites: { site: string; active: number; visitors: number; pageviews: number }[];
}

export async function readLiveFleet(client: Client, filters: string[], now: number): Promise<FleetReading> {
  const sites = await client.sites();
  const rows = sites.map(async ({ id: site }) => {
    const question = { site, from: now - MINUTES * MINUTE, to: now + MINUTE, filters };
    const [{ active }, { visitors, pageviews }] = await Promise.all([
      client.live(site, filters),
      client.stats(question),
    ]);
    return { site, active, visitors: visitors.value, pageviews: pageviews.value };
  });
  const read = (await Promise.all(rows)).toSorted((a, b) => b.active - a.active || b.visitors - a.visitors);
  return { at: now, active: read.reduce((sum, { active }) => sum + active, 0), sites: read };
}

export function fleetPicture({ at, active, sites }: FleetReading, terminal: Terminal): Line[] {
  const barWidth = Math.floor(terminal.columns / 5);
  const top = Math.max(...sites.map(site => site.active), 1);
  const columns: Column[] = [
    { title: 'Site', flexible: true },
    { title: 'Now', align: 'right' },
    { title: ' '.repeat(barWidth), style: 'bar' },
    { title: `Visitors ${MINUTES} min`, align: 'right' },
    { title: 'Pageviews', align: 'right' },
  ];
  const rows = sites.map(({ site, ...row }): Cell[] => [
    row.visitors === 0 ? { text: site, style: 'faint' } : site,
    count(row.active),
    row.visitors === 0 ? { text: 'silent', style: 'faint' } : bar(row.active / top, barWidth, terminal.unicode),
    count(row.visitors),
    count(row.pageviews),
  ]);
  return [...liveTitle('All sites', active, at, 'UTC', terminal), ...table(columns, rows, terminal, { fill: true })];
}
