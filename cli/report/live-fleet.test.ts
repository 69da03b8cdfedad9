import { expect, it } from 'vitest';
import type { FleetLiveAnswer } from '../../server/contract/stats.ts';
import { lineWidth } from '../output/beside.ts';
import { paint } from '../output/line.ts';
import { fleetPicture } from './live-fleet.ts';
import { sumOf, weekBeforeText } from './week-before.ts';

const row = (site: string, active: number, visitors: number, before: number) => ({
  ...{ site, active },
  visitors: { value: visitors, prev: before },
  pageviews: { value: visitors * 3, prev: before * 2 },
});

const reading: FleetLiveAnswer = {
  at: Date.parse('2025-11-22T14:37:05Z'),
  active: 9,
  sites: [row('mysite', 7, 24, 21), row('a-site-with-quite-a-long-name', 2, 1_310, 1_402), row('quiet', 0, 0, 9)],
};

const draw = (compare: boolean, unicode = true): string => {
  const terminal = { columns: 80, color: false, unicode };
  return paint(fleetPicture(reading, compare, terminal), terminal);
};

it('has a line for each site', async () => {
  await expect(draw(false)).toMatchFileSnapshot('golden/live-fleet-80.txt');
});

it('shows the same minutes a week before where asked', async () => {
  await expect(draw(true)).toMatchFileSnapshot('golden/live-fleet-compare-80.txt');
  expect(draw(true, false)).toContain('+14%');
});

it.each([40, 60, 120])('fits %i columns', columns => {
  const terminal = { columns, color: false, unicode: true };
  for (const compare of [false, true]) {
    const widths = fleetPicture(reading, compare, terminal).map(lineWidth);
    expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
  }
});

it('tells both in a line of text', () => {
  const terminal = { columns: 80, color: false, unicode: true };
  expect(weekBeforeText(sumOf(reading.sites), terminal)).toBe(
    '30 minutes: 1,334 visitors (▼ 7%), 4,002 pageviews (▲ 40%), a week before 1,432 and 2,864',
  );
  const none = { visitors: { value: 1, prev: 0 }, pageviews: { value: 0, prev: 0 } };
  expect(weekBeforeText(none, terminal)).toBe('30 minutes: 1 visitor, 0 pageviews, a week before 0 and 0');
});
