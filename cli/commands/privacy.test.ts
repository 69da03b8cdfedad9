/** `muntra forget` and `muntra privacy` against a real server. */
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PrivacyAnswer } from '../../server/contract/privacy.ts';
import type { StatsAnswer } from '../../server/contract/stats.ts';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { openProcesses } from '../../server/testing/processes.ts';
import { call, type Ended } from '../testing/program.ts';
import type { World } from '../world.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0';
const processes = openProcesses();
let server: Muntra;
let env: Record<string, string>;

const muntra = (...argv: string[]): Promise<Ended> => call(argv, env);

async function visit(site: string, address: string): Promise<void> {
  const headers = { 'user-agent': FIREFOX, 'x-forwarded-for': address };
  const body = JSON.stringify({ site_id: site, url: 'https://example.com/' });
  expect((await fetch(`http://127.0.0.1:${server.port}/collect`, { method: 'POST', headers, body })).status).toBe(204);
}

async function pageviews(site: string): Promise<number> {
  return (await server.api<StatsAnswer>('GET', `/api/stats?site=${site}`)).pageviews.value;
}

beforeAll(async () => {
  server = await startMuntra(processes);
  env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  for (const site of ['shop', 'blog']) await muntra('sites', 'add', site);
});
afterAll(() => processes.close());

describe('muntra forget', () => {
  const forget = (...more: string[]): Promise<Ended> => muntra('forget', '--ua', FIREFOX, ...more);

  it('removes a visitor from all sites, and says how far back that goes', async () => {
    for (const site of ['shop', 'shop', 'blog']) await visit(site, '203.0.113.1');
    await visit('blog', '203.0.113.2');
    const { code, stdout } = await forget('--ip', '203.0.113.1', '--yes');
    expect(code).toBe(0);
    const lines = stdout.split('\n').map(line => line.replace(/ +/g, ' ').trim());
    expect(lines).toEqual([
      'Site Removed',
      'blog 1',
      'shop 2',
      '',
      expect.stringMatching(/^3 events removed of this visitor on \d+ \w+ \d{4} \(UTC\)\.$/),
      'The salts of the days before are destroyed: nobody can tell which of their events are whose.',
      '',
    ]);
    expect([await pageviews('shop'), await pageviews('blog')]).toEqual([0, 1]);
  });

  it('reads the address from stdin, for one site', async () => {
    for (const site of ['shop', 'blog']) await visit(site, '2001:db8::1');
    const stdin: World['stdin'] = new PassThrough().end('2001:0DB8::1\n');
    const argv = ['forget', '--ua', FIREFOX, '--ip', '-', '--site', 'shop', '--yes', '--json'];
    const { stdout } = await call(argv, env, { stdin });
    expect(JSON.parse(stdout)).toEqual({
      day: new Date().toISOString().slice(0, 10),
      sites: [{ site: 'shop', events: 1 }],
    });
    expect([await pageviews('shop'), await pageviews('blog')]).toEqual([0, 2]);
  });

  it('says that there was nothing', async () => {
    const { code, stdout } = await forget('--ip', '203.0.113.99', '--yes');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^There are no events of this visitor on /);
  });

  it.each([
    ['nobody to ask', ['--ip', '203.0.113.1'], 2],
    ['no address', ['--ip', 'me', '--yes'], 2],
    ['no address on stdin', ['--ip', '-', '--yes'], 2],
    ['two things from stdin', ['--ip', '-', '--yes', '--token-stdin'], 2],
    ['no such site', ['--ip', '203.0.113.1', '--site', 'other', '--yes'], 5],
  ])('%s', async (_, flags, code) => {
    const stdin: World['stdin'] = new PassThrough().end();
    expect((await call(['forget', '--ua', FIREFOX, ...flags], env, { stdin })).code).toBe(code);
  });

  it('keeps the address out of the log', () => {
    expect(server.output()).not.toMatch(/203\.0\.113|2001:0?db8/i);
  });
});

describe('muntra privacy', () => {
  it('tells what is kept, for how long, and the age of the salt', async () => {
    await muntra('sites', 'add', 'short');
    await server.api('PATCH', '/api/sites/short', { retention: 30 });
    const { code, stdout } = await muntra('privacy');
    expect(code).toBe(0);
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/^country +country of the address +SE$/m);
    // The built-in table has countries only.
    expect(stdout).not.toMatch(/^city/m);
    expect(stdout).toMatch(/^short +30 days$/m);
    expect(stdout).toMatch(/^shop +for ever$/m);
    expect(stdout).toMatch(/^of .* \(UTC\), \d+s old; destroyed in .*, at midnight UTC$/m);
  });

  it('names all columns of an event that hold anything', async () => {
    const told: PrivacyAnswer = JSON.parse((await muntra('privacy', '--json')).stdout);
    const columns = await server.rows(
      "SELECT attname AS name FROM pg_attribute WHERE attrelid = 'raw_events'::regclass AND attnum > 0 ORDER BY 1",
      [],
    );
    const unnamed = columns.map(({ name }) => name).filter(name => told.stored.every(({ column }) => column !== name));
    expect(unnamed).toEqual(['city', 'id', 'region']);
  });

  it('writes a text for the page of a site', async () => {
    const all = (await muntra('privacy', '--text')).stdout;
    expect(all).toContain('to find your country. From the address');
    expect(all).toContain('We keep this without a limit of time.');
    const one = (await muntra('privacy', 'short', '--text')).stdout;
    expect(one).toContain('We delete it after 30 days, and then keep only totals');
    expect((await muntra('privacy', 'other')).code).toBe(5);
  });
});
