/** Commands against a real server: its API, its PostgreSQL, events that came over /collect. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Site, SiteDetail } from '../../server/contract/site.ts';
import type { StatsAnswer } from '../../server/contract/stats.ts';
import { readEnvFile } from '../../server/env-file.ts';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { openProcesses, until } from '../../server/testing/processes.ts';
import type { FleetRow } from '../report/fleet.ts';
import type { SiteReport } from '../report/site-report.ts';
import { call, type Ended } from '../testing/program.ts';
import { Interrupted } from '../world.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0';
const SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15';

const processes = openProcesses();
let server: Muntra;
let env: Record<string, string>;

const muntra = (...argv: string[]): Promise<Ended> => call(argv, env);
const ok = async (...argv: string[]): Promise<string> => {
  const { code, stdout, stderr } = await muntra(...argv);
  if (code !== 0) throw new Error(stderr);
  return stdout;
};
const answer = async <T>(...argv: string[]): Promise<T> => JSON.parse(await ok(...argv, '--json'));

async function visit(site: string, address: string, ua: string, ...events: object[]): Promise<void> {
  for (const event of events) {
    const headers = { 'user-agent': ua, 'x-forwarded-for': address, origin: 'https://example.com' };
    const body = JSON.stringify({ site_id: site, referrer: 'https://news.example.org/', ...event });
    const { status } = await fetch(`http://127.0.0.1:${server.port}/collect`, { method: 'POST', headers, body });
    expect(status).toBe(204);
  }
}

const page = (path: string) => ({ url: `https://example.com${path}` });

beforeAll(async () => {
  server = await startMuntra(processes);
  env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  await ok('sites', 'add', 'shop', '--origin', 'example.com');
  await ok('sites', 'add', 'quiet', '--timezone', 'Europe/Stockholm');
  await visit(
    'shop',
    '192.0.2.1',
    FIREFOX,
    page('/'),
    page('/%1B%5B2J%1B%5Bevil'),
    page('/%E6%97%A5%E6%9C%AC%E8%AA%9E'),
  );
  await visit('shop', '192.0.2.2', SAFARI, page('/'), { ...page('/'), name: '=cmd()', data: { plan: 'pro' } });
});

afterAll(() => processes.close());

/** The first JSON after a heading of docs/cli.md. */
function documented(heading: string): Record<string, unknown> {
  const text = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');
  return JSON.parse(/```json\n(.*?)```/s.exec(text.slice(text.indexOf(`\n### ${heading}`)))?.[1] ?? '');
}

describe('muntra stats', () => {
  it('prints the report, outside text escaped and in line', async () => {
    const text = await ok('stats', 'shop', '--period', '24h');
    expect(text).toMatch(/^Visitors +Pageviews +Visits +Bounce rate +Visit time\n2 +4 +2 +/m);
    expect(text).toMatch(/^\/ +2 +3 +━+$/m);
    expect(text).toMatch(/^\/日本語 +1 +1 +[━╸]+$/m);
    expect(text).toMatch(/\\x1b\[2J/);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  it('prints the answers of the API as JSON', async () => {
    const report = await answer<SiteReport>('stats', 'shop', '--period', 'today');
    const contract = documented('muntra stats');
    expect(Object.keys(report)).toEqual(Object.keys(contract));
    expect(Object.keys(report.stats)).toEqual(Object.keys(contract.stats ?? {}));
    expect(Object.keys(report.breakdowns)).toEqual(Object.keys(contract.breakdowns ?? {}));
    const { from, to, previous } = report;
    const stats = await server.api<StatsAnswer>('GET', `/api/stats?site=shop&from=${from}&to=${to}`);
    expect(report.stats.pageviews).toEqual({ value: stats.pageviews.value, prev: 0 });
    expect(report.stats.visitors.value).toBe(stats.visitors.value);
    expect(previous.to - previous.from).toBeLessThanOrEqual(86_400_000);
    expect(report.breakdowns.browser).toContainEqual({ x: 'Firefox', y: 3, visitors: 1 });
    expect(report.breakdowns.event).toEqual([{ x: '=cmd()', y: 1, visitors: 1 }]);
    expect(report.timeseries.points.reduce((sum, { pageviews }) => sum + pageviews, 0)).toBe(4);
  });

  it('prints CSV that no spreadsheet runs', async () => {
    const text = await ok('stats', 'shop', '--period', '24h', '--csv');
    expect(text.startsWith('section,name,value,visitors,previous\r\ntotal,')).toBe(true);
    expect(text).toContain("event,'=cmd(),1,1,\r\n");
    expect(text).toContain('url,/,3,2,\r\n');
    expect(text).not.toMatch(/[\x00-\x09\x0b\x0c\x0e-\x1f]/);
  });

  it('prints a line for each site without one, silent ones marked', async () => {
    const text = await ok('stats', '--period', '24h');
    expect(text).toMatch(/^shop +2 +4 +2 +/m);
    expect(text).toMatch(/^quiet +0 +0 +0 +silent$/m);
    const rows = await answer<FleetRow[]>('stats', '--period', '24h');
    expect(rows.map(({ site, timezone }) => [site, timezone])).toEqual([
      ['shop', 'UTC'],
      ['quiet', 'Europe/Stockholm'],
    ]);
    expect(await ok('stats', '--period', '24h', '--csv')).toContain('\r\nquiet,0,0,0,0,0,0,0,0,0,0\r\n');
  });

  it('filters, and hands on what the server says of a wrong filter', async () => {
    const { stats } = await answer<SiteReport>(
      'stats',
      'shop',
      '--filter',
      'browser:is:Safari',
      '--filter',
      'url:is:/',
    );
    expect(stats.pageviews.value).toBe(1);
    const { code, stderr } = await muntra('stats', 'shop', '--filter', 'brwser:is:Safari');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Error: .*"brwser".*\nTry: .*browser/);
  });

  it('compares with the period before', async () => {
    expect(await ok('stats', 'shop', '--period', '24h', '--compare')).toMatch(/^was 0 +was 0/m);
  });

  it('shows how to be counted where nothing was', async () => {
    const { stdout, stderr } = await muntra('stats', 'quiet');
    expect(stdout).toContain('Nothing was counted');
    expect(stderr).toContain('muntra sites snippet quiet');
  });

  it('names the sites there are when there is none of that name', async () => {
    const { code, stderr } = await muntra('stats', 'shpo');
    expect(code).toBe(5);
    expect(stderr).toBe('Error: Unknown site "shpo"\nTry:   one of these: quiet, shop\n');
  });
});

describe('muntra top', () => {
  it('prints one list, its properties of events too', async () => {
    expect(await ok('top', 'browser', 'shop', '--period', '24h', '--compare')).toMatch(/^Firefox +1 +3 +0 +━+$/m);
    expect(await answer('top', 'prop:plan', 'shop', '--event', '=cmd()')).toEqual([{ x: 'pro', y: 1, visitors: 1 }]);
    expect(await ok('top', 'event', 'shop', '--csv')).toBe("event,events,visitors\r\n'=cmd(),1,1\r\n");
  });

  it.each([
    [['top', 'page', 'shop'], 'Unknown dimension "page"'],
    [['top', 'prop:plan', 'shop'], 'prop:plan needs the event'],
    [['top', 'url'], 'There are several sites'],
    [['top', 'url', 'shop', '--limit', '0'], '--limit 0 is not'],
    [['stats', 'shop', '--to', '2025-11-01'], '--to needs --from'],
    [['stats', 'shop', '--from', 'monday'], '"monday" is not a time'],
    [['stats', 'shop', '--period', '1y'], 'one of 24h, 7d'],
    [['stats', 'shop', '--json', '--csv'], 'cannot be used with'],
  ])('%j is wrong usage', async (argv, message) => {
    const { code, stdout, stderr } = await muntra(...argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Error: .*\nTry: {3}\S.*\n$/);
    expect(stderr).toContain(message);
  });
});

describe('muntra live', () => {
  /** Runs until the first output. */
  async function first(...argv: string[]): Promise<string> {
    const interrupt = new AbortController();
    const stdout = new PassThrough();
    const ended = call(['live', ...argv], env, { stdout, interrupt: interrupt.signal });
    const [line] = await once(stdout, 'data');
    interrupt.abort(new Interrupted('SIGTERM'));
    expect((await ended).code).toBe(143);
    return String(line);
  }

  it('prints readings as lines of JSON', async () => {
    const reading = JSON.parse(await first('shop', '--json'));
    expect(Object.keys(reading)).toEqual(Object.keys(documented('muntra live')));
    expect(reading.active).toBe(2);
    expect(reading.minutes).toHaveLength(30);
    expect(reading.minutes.reduce((sum: number, { pageviews }: { pageviews: number }) => sum + pageviews, 0)).toBe(4);
    expect(JSON.parse(await first('--json')).sites[0]).toEqual({
      ...{ site: 'shop', active: 2 },
      ...{ visitors: { value: 2, prev: 0 }, pageviews: { value: 4, prev: 0 } },
    });
  });

  it('prints readings as lines of text', async () => {
    expect(await first('shop')).toMatch(/^\S+Z shop: 2 visitors now, \d pageviews? this minute\n$/);
    expect(await first()).toMatch(/^\S+Z all sites: 2 visitors now, shop 2\n$/);
    const both = '; 30 minutes: 2 visitors, 4 pageviews, a week before 0 and 0\n';
    expect(await first('shop', '--compare')).toContain(` this minute${both}`);
    expect(await first('--compare')).toContain(`, shop 2${both}`);
  });

  it('does not start where the first reading fails', async () => {
    expect((await muntra('live', 'shop', '--filter', 'nonsense')).code).toBe(2);
    expect((await muntra('live', 'shop', '--interval', '0')).code).toBe(2);
  });
});

describe('muntra sites', () => {
  it('adds a site, prints its tag on stdout and talks on stderr', async () => {
    const { stdout, stderr } = await muntra(
      'sites',
      'add',
      'blog',
      '--origin',
      'Blog.Example.com',
      '--url',
      'https://example.com/muntra',
    );
    expect(stdout).toBe('<script defer src="https://example.com/muntra/script.js" data-site-id="blog"></script>\n');
    expect(stderr).toContain('blog.example.com');
    expect(await ok('sites', 'list')).toMatch(/^blog +blog\.example\.com +UTC +\d/m);
  });

  it('changes its time zone and for how long its events are kept', async () => {
    expect((await muntra('sites', 'add', 'brief', '--retention', '400d')).code).toBe(0);
    expect(await ok('sites', 'show', 'brief')).toMatch(/^Events kept +for 400 days$/m);
    const { stderr } = await muntra('sites', 'set', 'brief', '--timezone', 'europe/stockholm', '--retention', '7d');
    expect(stderr).toBe('Site brief has the days of Europe/Stockholm; its events are kept for 7 days.\n');
    const site = await answer<Site>('sites', 'set', 'brief', '--retention', 'default');
    expect(site).toMatchObject({ id: 'brief', timezone: 'Europe/Stockholm', retention: null });
    expect((await answer<Site>('sites', 'set', 'brief', '--retention', '0')).retention).toBe(0);
  });

  it('removes a site only when told so', async () => {
    await ok('sites', 'add', 'gone');
    const asked = await muntra('sites', 'remove', 'gone');
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('Try:   add --yes');
    expect(await answer('sites', 'remove', 'gone', '--yes')).toEqual({ removed: 'gone', events: 0 });
    expect((await muntra('sites', 'show', 'gone')).code).toBe(5);
  });

  it('shows a site and what was turned away', async () => {
    const headers = { 'user-agent': FIREFOX, origin: 'https://evil.test' };
    const body = JSON.stringify({ site_id: 'shop', ...page('/') });
    await fetch(`http://127.0.0.1:${server.port}/collect`, { method: 'POST', headers, body });
    // A question sees what came at most a second ago.
    await until('the count', async () => (await ok('sites', 'show', 'shop')).includes('1 of another origin'));
    expect(await ok('sites', 'show', 'shop')).toMatch(/^\d{4}-\d\d-\d\d +1 of another origin$/m);
    expect((await answer<SiteDetail>('sites', 'show', 'shop')).drops[0]?.reasons).toEqual({ origin: 1 });
    expect(await ok('stats', 'shop')).toContain('Turned away: 1 of another origin');
  });

  it('says that a tag with the address of this machine is of no use elsewhere', async () => {
    const { stdout, stderr } = await muntra('sites', 'snippet', 'shop');
    expect(stdout).toContain(`src="http://127.0.0.1:${server.port}/script.js"`);
    expect(stderr).toContain('--url');
  });

  it.each([
    [['sites', 'add', 'shop'], 2, /already/],
    [['sites', 'add', 'no spaces'], 2, /"no spaces"/],
    [['sites', 'add', 'x', '--timezone', 'Mars/Phobos'], 2, /Mars\/Phobos/],
    [['sites', 'set', 'shop'], 2, /Nothing to change/],
    [['sites', 'set', 'shop', '--retention', '90'], 2, /--retention 90 is not/],
    [['sites', 'set', 'nowhere', '--retention', '90d'], 5, /Unknown site "nowhere"/],
    [['sites', 'set', 'shop', '--timezone', 'Mars/Phobos'], 2, /Mars\/Phobos/],
    [['sites', 'snippet', 'a/../b'], 5, /Unknown site "a\/\.\.\/b"/],
    [['sites', 'snippet', 'shop', '--url', 'example.com'], 2, /not a web address/],
  ])('%j is refused', async (argv, code, message) => {
    const ended = await muntra(...argv);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(message);
  });
});

describe('muntra origins', () => {
  it('adds, lists and removes them, each time printing what is left', async () => {
    expect(await ok('origins', 'add', 'shop', 'https://Shop.Example.com/')).toBe('example.com\nshop.example.com\n');
    expect(await answer('origins', 'list', 'shop')).toEqual({ origins: ['example.com', 'shop.example.com'] });
    expect(await ok('origins', 'remove', 'shop', 'shop.example.com')).toBe('example.com\n');
    expect((await muntra('origins', 'list', 'quiet')).stderr).toContain('Any host');
  });
});

describe('an error that the server found', () => {
  it.each([
    [['stats', '--filter', 'foo'], '--filter "foo" is not dimension:operation:value', '--filter country:is:SE'],
    [['stats', '--filter', 'a:is:b'], '--filter "a" is not known', 'use one of url, '],
    [['top', 'prop:', '--event', 'y'], 'prop: names no property', 'npx muntra top prop:plan --event y'],
  ])('speaks of flags, not of parameters: %j', async (argv, message, hint) => {
    const { code, stderr } = await call([...argv, 'shop'], { ...env, MUNTRA_COMMAND: 'npx muntra' });
    expect(code).toBe(2);
    expect(stderr.startsWith(`Error: ${message}\nTry:   ${hint}`)).toBe(true);
  });
});

describe('muntra flush', () => {
  it('prints one line, or JSON', async () => {
    await visit('quiet', '192.0.2.9', FIREFOX, page('/'));
    expect(await ok('flush')).toMatch(/^Stored \d+ events? in \d+\.\d\d s\.\n$/);
    expect(await answer('flush')).toMatchObject({ events: 0, rejected: 0, waiting: 0 });
  });
});

describe('finding the server', () => {
  it('takes its address and data directory from flags before the environment', async () => {
    const elsewhere = { MUNTRA_DATA_DIR: '/nonexistent', MUNTRA_HTTP_ADDR: '127.0.0.1:1' };
    const settings = join(server.dataDir, 'muntra.env');
    const argv = ['--data-dir', server.dataDir, 'sites', 'list', '--server', `http://127.0.0.1:${server.port}/`];
    const refused = await call(argv, elsewhere);
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining(`that of ${settings} is for its own`)]);
    const own = { MUNTRA_PUBLIC_URL: `http://127.0.0.1:${server.port}/` };
    expect((await call(argv, { ...elsewhere, ...own })).code).toBe(0);
  });

  it('says how to start a server where none runs', async () => {
    const { code, stderr } = await call(['stats'], { ...env, MUNTRA_HTTP_ADDR: '127.0.0.1:1' });
    expect(code).toBe(3);
    expect(stderr).toBe('Error: Nothing listens at http://127.0.0.1:1\nTry:   muntra start\n');
  });

  it('takes the token from stdin', async () => {
    const { MUNTRA_DASHBOARD_TOKEN = '' } = readEnvFile(join(server.dataDir, 'muntra.env'));
    const argv = ['stats', '--token-stdin', '--server', `http://127.0.0.1:${server.port}`];
    const from = (text: string) => call(argv, {}, { stdin: Readable.from([text]) });
    expect((await from(`${MUNTRA_DASHBOARD_TOKEN}\n`)).code).toBe(0);
    expect(await from('another')).toMatchObject({ code: 4, stderr: expect.stringContaining('came from stdin') });
    expect(await from('two\nlines')).toEqual({
      code: 4,
      stdout: '',
      stderr: expect.stringMatching(/^Error: The token from stdin holds a line break .*\nTry: {3}give the token alone/),
    });
    expect(await from('\n')).toMatchObject({ code: 2, stderr: expect.stringContaining('no token on stdin') });
  });

  it('says where a wrong token came from, and where a missing one was looked for', async () => {
    const wrong = await call(['stats'], { ...env, MUNTRA_DASHBOARD_TOKEN: 'not-the-right-token' });
    expect(wrong.code).toBe(4);
    expect(wrong.stderr).toContain('the token came from the environment');
    const none = await call(['stats'], { ...env, MUNTRA_DATA_DIR: '/nonexistent' });
    expect(none.code).toBe(4);
    expect(none.stderr).toContain('/nonexistent/muntra.env');
    expect(wrong.stderr + none.stderr).not.toContain('not-the-right-token');
  });
});
