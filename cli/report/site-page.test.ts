/** The report as it looks: the files in `golden/` are what a terminal shows. */
import { describe, expect, it } from 'vitest';
import type { BreakdownAnswer, PeriodName } from '../../server/contract/stats.ts';
import { bucketStarts } from '../../server/stats/buckets.ts';
import { namedPeriod } from '../../server/stats/period.ts';
import { paint } from '../output/line.ts';
import type { Terminal } from '../output/terminal.ts';
import { widthOf } from '../output/width.ts';
import { sitePage } from './site-page.ts';
import type { SiteReport } from './site-report.ts';

const ZONE = 'Europe/Stockholm';
const NOW = Date.parse('2025-11-22T14:37:00Z');
const plain = (columns: number): Terminal => ({ columns, color: false, unicode: true });

const zipf = (...names: string[]): BreakdownAnswer =>
  names.map((x, i) => ({ x, y: Math.round(9812 / (i + 1)), visitors: Math.round(5100 / (i + 1)) }));

const PAGES = [
  '/',
  '/blog/2025/11/how-we-moved-from-something-large-to-something-that-fits-into-64-megabytes-of-memory',
  '/docs/getting-started',
  '/日本語/ページ/案内',
  '/🎉/👩‍👩‍👧‍👦/🇸🇪',
  '/\x1b[2J\x1b[Hevil',
  '/\u202egpj.exe',
];

function report(name: PeriodName, changes: Partial<SiteReport> = {}): SiteReport {
  const { from, to, previous, unit } = namedPeriod(name, NOW, ZONE);
  const points = bucketStarts({ from, to }, unit, ZONE).map((x, i) => {
    const visitors = Math.round(300 + 200 * Math.sin(i / 2.2) + i * 4);
    return { x, pageviews: visitors * 3, sessions: visitors, visitors };
  });
  return {
    ...{ site: 'mysite', timezone: ZONE, from, to, previous, filters: [], active: 7 },
    stats: {
      pageviews: { value: 48_112, prev: 46_710 },
      visitors: { value: 12_483, prev: 11_120 },
      visits: { value: 15_230, prev: 15_390 },
      bounces: { value: 6400, prev: 6700 },
      duration: { value: 2_040_820, prev: 1_862_190 },
    },
    timeseries: { unit, points },
    breakdowns: {
      url: zipf(...PAGES),
      referrer: zipf('google.com', 'news.ycombinator.com', 'a-very-long-subdomain.of-some.example.org'),
      country: zipf('SE', 'US', 'BA', 'VC'),
      browser: zipf('Chrome', 'Firefox', 'Safari'),
      os: zipf('Windows', 'macOS'),
      device: zipf('desktop', 'mobile', 'tablet'),
      event: [],
    },
    drops: { bot: 1203, unknown_site: 3 },
    ...changes,
  };
}

const draw = (shown: SiteReport, title: string, terminal: Terminal, compare = false): string =>
  paint(sitePage(shown, title, compare, terminal), terminal);

describe('the report about a site', () => {
  it.each([
    ['30d-80', '30d', 'last 30 days', plain(80)],
    ['90d-120', '90d', 'last 90 days', plain(120)],
    ['24h-ascii', '24h', 'last 24 hours', { ...plain(80), unicode: false }],
    ['7d-color', '7d', 'last 7 days', { ...plain(80), color: true }],
  ] as const)('looks as in golden/%s.txt', async (file, name, title, terminal) => {
    await expect(draw(report(name), title, terminal)).toMatchFileSnapshot(`golden/${file}.txt`);
  });

  it('shows filters, and the figures of the period before', async () => {
    const filtered = report('30d', { filters: ['country:is:SE', 'browser:is_not:Firefox'] });
    await expect(draw(filtered, '', plain(80), true)).toMatchFileSnapshot('golden/compare-80.txt');
  });

  it('shows a time in which nothing was counted', async () => {
    const zero = { value: 0, prev: 0 };
    const { timeseries, breakdowns } = report('7d');
    const empty = report('7d', {
      active: 0,
      drops: {},
      stats: { pageviews: zero, visitors: zero, visits: zero, bounces: zero, duration: zero },
      timeseries: {
        unit: 'day',
        points: timeseries.points.map(({ x }) => ({ x, pageviews: 0, sessions: 0, visitors: 0 })),
      },
      breakdowns: { ...breakdowns, url: [], referrer: [], country: [], browser: [], os: [], device: [] },
    });
    await expect(draw(empty, 'last 7 days', plain(80))).toMatchFileSnapshot('golden/empty-80.txt');
  });

  it.each([60, 80, 100, 120])('fits %i columns', columns => {
    const lines = draw(report('90d'), 'last 90 days', plain(columns), true).split('\n');
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
  });
});
