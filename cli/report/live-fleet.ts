/** Who is on all sites now: the picture of one reading. */
import type { Change, FleetLiveAnswer } from '../../server/contract/stats.ts';
import { bar } from '../output/bar.ts';
import { count } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import { type Cell, type Column, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { growth } from './change.ts';
import { liveTitle } from './live-title.ts';

const NUMBER: Column = { title: '', align: 'right' };

/** With `compare` the same minutes a week before take the place of the bars. */
export function fleetPicture({ at, active, sites }: FleetLiveAnswer, compare: boolean, terminal: Terminal): Line[] {
  const barWidth = Math.floor(terminal.columns / 5);
  const top = Math.max(...sites.map(site => site.active), 1);
  const before: Column[] = compare
    ? [
        { ...NUMBER, title: 'Before' },
        { title: '', leaves: 2 },
      ]
    : [];
  const columns: Column[] = [
    { title: 'Site', flexible: true },
    { ...NUMBER, title: 'Now' },
    ...(compare ? [] : [{ title: ' '.repeat(barWidth), style: 'bar' as const, leaves: 1 }]),
    { ...NUMBER, title: 'Visitors 30 min' },
    ...before,
    { ...NUMBER, title: 'Pageviews' },
    ...before,
  ];
  const cells = (change: Change): Cell[] => [
    count(change.value),
    ...(compare ? [{ text: count(change.prev), style: 'faint' as const }, growth(change, terminal.unicode)] : []),
  ];
  const rows = sites.map((site): Cell[] => {
    const silent = site.visitors.value === 0;
    const drawn = silent
      ? { text: 'silent', style: 'faint' as const }
      : bar(site.active / top, barWidth, terminal.unicode);
    return [
      silent ? { text: site.site, style: 'faint' } : site.site,
      count(site.active),
      ...(compare ? [] : [drawn]),
      ...cells(site.visitors),
      ...cells(site.pageviews),
    ];
  });
  return [...liveTitle('All sites', active, at, 'UTC', terminal), ...table(columns, rows, terminal, { fill: true })];
}
