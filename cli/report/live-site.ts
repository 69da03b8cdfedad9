/** Who is on a site now: one reading, as the API answers, and the picture of it. */
import type { LiveAnswer } from '../../server/contract/stats.ts';
import { chart } from '../output/chart.ts';
import { bucketLabels, countryName, timeOfDay } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import { type Column, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { list, sideBySide } from './list.ts';
import { liveTitle } from './live-title.ts';
import { weekBefore } from './week-before.ts';

const CHART_ROWS = 6;

export interface SiteReading extends LiveAnswer {
  site: string;
}

/** With `compare` also the same minutes a week before. */
export function sitePicture(reading: SiteReading, timezone: string, compare: boolean, terminal: Terminal): Line[] {
  const { site, at, active, minutes, last, pages, referrers, countries } = reading;
  const label = bucketLabels('minute', timezone);
  const bars = minutes.map(({ x, pageviews }) => ({ label: label(x), value: pageviews }));
  const ranked = Object.entries({ url: pages, referrer: referrers, country: countries });
  const blocks = [
    ...(last.length > 0 ? [(narrow: Terminal) => lastPages(last, timezone, narrow)] : []),
    ...ranked
      .filter(([, rows]) => rows.length > 0)
      .map(
        ([by, rows]) =>
          (narrow: Terminal) =>
            list(by, rows, narrow),
      ),
  ];
  return [
    ...liveTitle(site, active, at, timezone, terminal),
    ...(compare ? weekBefore(reading, terminal) : []),
    ...chart('Pageviews by minute', bars, CHART_ROWS, terminal),
    ...sideBySide(blocks, terminal),
  ];
}

function lastPages(last: LiveAnswer['last'], timezone: string, terminal: Terminal): Line[] {
  const columns: Column[] = [
    { title: { text: 'Last pages', style: 'strong' }, flexible: true },
    { title: '', flexible: true, least: 8 },
    { title: '', style: 'faint', align: 'right' },
  ];
  const rows = last.map(({ at, url, country }) => [url, countryName(country ?? ''), timeOfDay(at, timezone)]);
  return table(columns, rows, terminal, { fill: true });
}
