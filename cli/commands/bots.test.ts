/** `muntra stats --bots` against a real server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { openProcesses } from '../../server/testing/processes.ts';
import type { TurnedAway } from '../report/turned-away.ts';
import { call, type Ended } from '../testing/program.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0';
const GOOGLE = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
const processes = openProcesses();
let server: Muntra;
let env: Record<string, string>;

const muntra = (...argv: string[]): Promise<Ended> => call(argv, env);
const today = new Date().toISOString().slice(0, 10);

async function send(site: string, agent: string, more: object = {}, headers = {}): Promise<void> {
  const body = JSON.stringify({ site_id: site, url: 'https://example.com/', ...more });
  const init = { method: 'POST', body, headers: { 'user-agent': agent, origin: 'https://example.com', ...headers } };
  await fetch(`http://127.0.0.1:${server.port}/collect`, init);
}

beforeAll(async () => {
  server = await startMuntra(processes);
  env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  await muntra('sites', 'add', 'shop', '--origin', 'example.com');
  await muntra('sites', 'add', 'blog');
  for (let i = 0; i < 3; i++) await send('shop', GOOGLE);
  await send('shop', 'curl/8.5.0');
  await send('shop', '=cmd() evilbot');
  await send('shop', FIREFOX, { webdriver: true });
  await send('shop', FIREFOX, {}, { origin: 'https://evil.example' });
  await send('blog', 'curl/8.5.0');
  await send('nowhere', FIREFOX);
});
afterAll(() => processes.close());

describe('muntra stats --bots', () => {
  it('shows what was turned away from a site, and which robots came', async () => {
    const { stdout } = await muntra('stats', 'shop', '--bots', '--limit', '2');
    const lines = stdout.split('\n').map(line => line.replace(/[ ━╸]+/g, ' ').trim());
    expect(lines).toEqual([
      'shop',
      expect.stringMatching(/^last 30 days, /),
      '',
      'Day (UTC) Bots Other origin',
      expect.stringMatching(/^\d+ \w+ \d{4} 6 1$/),
      '',
      'Bots Events',
      'Googlebot 3',
      'curl 1',
      '',
    ]);
  });

  it('answers as JSON and CSV', async () => {
    const away: TurnedAway = JSON.parse((await muntra('stats', 'shop', '--bots', '--json')).stdout);
    expect(away).toMatchObject({ site: 'shop', days: [{ day: today, reasons: { bot: 6, origin: 1 } }] });
    expect(away.bots.map(({ bot, events }) => `${events} ${bot}`)).toEqual([
      '3 Googlebot',
      '1 curl',
      '1 driven browser',
      '1 evilbot',
    ]);
    const { stdout } = await muntra('stats', 'shop', '--bots', '--csv');
    expect(stdout.split('\r\n').slice(0, 4)).toEqual([
      'section,day,name,events',
      `day,${today},bot,6`,
      `day,${today},origin,1`,
      'bot,,Googlebot,3',
    ]);
  });

  it('is about all sites, and none, where it is told no site', async () => {
    const away: TurnedAway = JSON.parse((await muntra('stats', '--bots', '--json')).stdout);
    expect(away).toMatchObject({ site: null, days: [{ reasons: { bot: 7, origin: 1, unknown_site: 1 } }] });
    expect(away.bots).toContainEqual({ bot: 'curl', events: 2 });
    expect((await muntra('stats', '--bots', '--from', '2020-01-01', '--to', '2020-01-31')).stdout).toContain(
      'Nothing was turned away in this time.',
    );
  });

  it.each([
    ['a filter', ['shop', '--filter', 'url:is:/'], 2],
    ['an unknown site', ['other'], 5],
  ])('refuses %s', async (_, argv, code) => {
    expect((await muntra('stats', '--bots', ...argv)).code).toBe(code);
  });

  it('forgets them with their site', async () => {
    await muntra('sites', 'remove', 'blog', '--yes');
    const away: TurnedAway = JSON.parse((await muntra('stats', '--bots', '--json')).stdout);
    expect(away.bots).toContainEqual({ bot: 'curl', events: 1 });
  });
});
