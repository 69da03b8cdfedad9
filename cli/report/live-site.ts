/** Who is on a site now: one reading in figures, and the picture of it. */
import type { BreakdownAnswer } from '../../server/contract/stats.ts';
import type { Client } from '../client.ts';
import { chart } from '../output/chart.ts';
import { bucketLabels } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import type { Terminal } from '../output/terminal.ts';
import { list, lists } from './list.ts';
import { liveTitle } from './live-title.ts';
import { MINUTE, MINUTES, type Minute, type ReadMinutes } from './minutes.ts';

const ROWS = 8;
const CHART_ROWS = 6;

export interface SiteReading {
  site: string;
  /** Unix milliseconds. */
  at: number;
  /** Visitors of the last 5 minutes. */
  active: number;
  minutes: Minute[];
  /** Of the last 30 minutes. */
  pages: BreakdownAnswer;
  referrers: BreakdownAnswer;
  countries: BreakdownAnswer;
}

export async function readLiveSite(
  client: Client,
  site: string,
  filters: string[],
  now: number,
  readMinutes: ReadMinutes,
): Promise<SiteReading> {
  const question = { site, from: now - MINUTES * MINUTE, to: now + MINUTE, filters };
  const [{ active }, minutes, pages, referrers, countries] = await Promise.all([
    client.live(site, filters),
    readMinutes(now),
    client.breakdown(question, 'url', ROWS),
    client.breakdown(question, 'referrer', ROWS),
    client.breakdown(question, 'country', ROWS),
  ]);
  return { site, at: now, active, minutes, pages, referrers, countries };
}

export function sitePicture(reading: SiteReading, timezone: string, terminal: Terminal): Line[] {
  const { site, at, active, minutes, pages, referrers, countries } = reading;
  const label = bucketLabels('hour', timezone);
  const bars = minutes.map(({ x, pageviews }) => ({ label: label(x), value: pageviews }));
  return [
    ...liveTitle(site, active, at, timezone, terminal),
    ...chart('Pageviews by minute', bars, CHART_ROWS, terminal),
    ...(pages.length > 0 ? [[], ...list('url', pages, terminal)] : []),
    ...lists({ referrer: referrers, country: countries }, terminal),
  ];
}
