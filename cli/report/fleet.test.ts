import { describe, expect, it } from 'vitest';
import { paint } from '../output/line.ts';
import type { Terminal } from '../output/terminal.ts';
import { type FleetRow, fleetPage } from './fleet.ts';

const terminal: Terminal = { columns: 80, color: false, unicode: true };

function row(site: string, visitors: number, before: number): FleetRow {
  const change = (factor: number) => ({ value: visitors * factor, prev: before * factor });
  const points = Array.from({ length: 30 }, (_, i) => ({
    x: i,
    pageviews: 0,
    sessions: 0,
    visitors: visitors * (i % 7),
  }));
  return {
    ...{ site, timezone: 'UTC', from: 0, to: 30, previous: { from: 0, to: 0 }, filters: [] },
    stats: { pageviews: change(3), visitors: change(1), visits: change(2), bounces: change(1), duration: change(60) },
    timeseries: { unit: 'day', points },
  };
}

const rows = [
  row('mysite', 12_483, 11_120),
  row('a-site-with-quite-a-long-name', 310, 402),
  row('日本', 7, 0),
  row('quiet', 0, 9),
];
const options = { title: 'last 30 days', filters: [], compare: false };

describe('all sites at a glance', () => {
  it('has a line for each, and one for all', async () => {
    await expect(paint(fleetPage(rows, options, terminal), terminal)).toMatchFileSnapshot('golden/fleet-80.txt');
  });

  it('shows the period before where asked', async () => {
    const shown = fleetPage(
      rows,
      { ...options, filters: ['country:is:SE'], compare: true },
      { ...terminal, columns: 100 },
    );
    await expect(paint(shown, terminal)).toMatchFileSnapshot('golden/fleet-compare-100.txt');
  });

  it('has no line for all where there is one site', () => {
    expect(paint(fleetPage(rows.slice(0, 1), options, terminal), terminal)).not.toContain('1 sites');
  });
});
