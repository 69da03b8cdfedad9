import { expect, it } from 'vitest';
import { paint } from '../output/line.ts';
import type { Terminal } from '../output/terminal.ts';
import { type SiteReading, sitePicture } from './live-site.ts';

const AT = Date.parse('2025-11-22T14:37:05Z');

const reading: SiteReading = {
  ...{ site: 'mysite', at: AT, active: 7, visitors: { value: 24, prev: 21 }, pageviews: { value: 163, prev: 1_170 } },
  minutes: Array.from({ length: 30 }, (_, i) => {
    const pageviews = Math.round(6 + 5 * Math.sin(i / 3));
    return { x: Date.parse('2025-11-22T14:37Z') - (29 - i) * 60_000, pageviews, sessions: 1, visitors: 1 };
  }),
  last: [
    { at: AT - 2000, url: '/docs/getting-started', country: 'SE' },
    { at: AT - 9000, url: '/\x1b[2J\x1b[Hevil', country: null },
    { at: AT - 61_000, url: '/日本語/ページ/案内', country: 'JP' },
  ],
  pages: [
    { x: '/', y: 61, visitors: 20 },
    { x: '/docs/getting-started', y: 9, visitors: 7 },
  ],
  referrers: [{ x: 'news.ycombinator.com', y: 40, visitors: 30 }],
  countries: [
    { x: 'SE', y: 50, visitors: 12 },
    { x: 'JP', y: 20, visitors: 8 },
  ],
};

const draw = (columns: number, shown = reading, compare = false): string => {
  const terminal: Terminal = { columns, color: false, unicode: true };
  return paint(sitePicture(shown, 'Europe/Stockholm', compare, terminal), terminal);
};

it('shows minutes, the last pages, and what was seen most', async () => {
  await expect(draw(80)).toMatchFileSnapshot('golden/live-80.txt');
  await expect(draw(60)).toMatchFileSnapshot('golden/live-60.txt');
});

it('shows the same minutes a week before where asked', async () => {
  await expect(draw(80, reading, true)).toMatchFileSnapshot('golden/live-compare-80.txt');
});

it('has no lists where nobody is', () => {
  const nobody = { ...reading, active: 0, last: [], pages: [], referrers: [], countries: [] };
  expect(draw(80, nobody)).not.toContain('Last pages');
});
