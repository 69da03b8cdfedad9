/** The last 30 minutes beside the same 30 minutes a week before: as a table, and as the end of a line of text. */
import type { Presence } from '../../server/contract/stats.ts';
import { count, counted } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import { type Cell, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { growth } from './change.ts';

type Figures = Pick<Presence, 'visitors' | 'pageviews'>;

export function weekBefore({ visitors, pageviews }: Figures, terminal: Terminal): Line[] {
  const rows = Object.entries({ Visitors: visitors, Pageviews: pageviews }).map(([title, change]): Cell[] => [
    title,
    count(change.value),
    count(change.prev),
    growth(change, terminal.unicode),
  ]);
  const columns = [
    { title: 'Last 30 minutes' },
    { title: 'Now', align: 'right' as const },
    { title: 'Week before', align: 'right' as const },
    { title: '', leaves: 1 },
  ];
  return [...table(columns, rows, terminal), []];
}

/** `30 minutes: 24 visitors (▲ 14%), 85 pageviews (▼ 4%), a week before 21 and 89` */
export function weekBeforeText({ visitors, pageviews }: Figures, { unicode }: Terminal): string {
  const now = Object.entries({ visitor: visitors, pageview: pageviews }).map(([noun, change]) => {
    const { text } = growth(change, unicode);
    return counted(change.value, noun) + (text && ` (${text})`);
  });
  return `30 minutes: ${now.join(', ')}, a week before ${count(visitors.prev)} and ${count(pageviews.prev)}`;
}

/** Of all sites together. */
export function sumOf(sites: Figures[]): Figures {
  const sum = (figure: keyof Figures) => ({
    value: sites.reduce((total, site) => total + site[figure].value, 0),
    prev: sites.reduce((total, site) => total + site[figure].prev, 0),
  });
  return { visitors: sum('visitors'), pageviews: sum('pageviews') };
}
