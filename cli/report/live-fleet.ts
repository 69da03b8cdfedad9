/** Who is on all sites now: the picture of one reading. */
import type { FleetLiveAnswer } from '../../server/contract/stats.ts';
import { bar } from '../output/bar.ts';
import { count } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import { type Cell, type Column, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { liveTitle } from './live-title.ts';

export function fleetPicture({ at, active, sites }: FleetLiveAnswer, terminal: Terminal): Line[] {
  const barWidth = Math.floor(terminal.columns / 5);
  const top = Math.max(...sites.map(site => site.active), 1);
  const columns: Column[] = [
    { title: 'Site', flexible: true },
    { title: 'Now', align: 'right' },
    { title: ' '.repeat(barWidth), style: 'bar' },
    { title: 'Visitors 30 min', align: 'right' },
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
