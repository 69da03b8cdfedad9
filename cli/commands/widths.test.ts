/** What is printed fits the terminal, whatever its width. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { openProcesses } from '../../server/testing/processes.ts';
import { widthOf } from '../output/width.ts';
import { call } from '../testing/program.ts';

const LONG = 'a-site-with-quite-a-long-name';
const ORIGINS = ['example.com', '*.example.com', 'shop.example.org'];
const processes = openProcesses();
let server: Muntra;

async function muntra(columns: number, ...argv: string[]): Promise<string> {
  const env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}`, COLUMNS: `${columns}` };
  const { code, stdout, stderr } = await call(argv, env);
  expect([code, stderr.match(/^Error: .*/m)?.[0]]).toEqual([0, undefined]);
  return stdout;
}

async function send(site: string, path: string, agent: string, origin: string): Promise<void> {
  const body = JSON.stringify({ site_id: site, url: `https://example.com${path}` });
  const headers = { 'user-agent': agent, origin };
  await fetch(`http://127.0.0.1:${server.port}/collect`, { method: 'POST', headers, body });
}

beforeAll(async () => {
  server = await startMuntra(processes);
  await muntra(80, 'sites', 'add', LONG, ...ORIGINS.flatMap(host => ['--origin', host]));
  await muntra(80, 'sites', 'add', 'blog', '--timezone', 'Europe/Stockholm');
  await muntra(80, 'token', 'create', 'anna-the-editor', '--site', LONG);
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
  await send(LONG, `/${'a-long-path/'.repeat(9)}`, firefox, 'https://example.com');
  await send(LONG, '/', firefox, 'https://evil.example');
  await send(LONG, '/', 'Googlebot/2.1 (+http://www.google.com/bot.html)', 'https://example.com');
});
afterAll(() => processes.close());

it.each([40, 60, 80, 120])('fits %i columns', async columns => {
  const commands = [
    ['stats'],
    ['stats', '--compare'],
    ['stats', LONG],
    ['stats', LONG, '--bots'],
    ['top', 'url', LONG, '--compare'],
    ['sites', 'list'],
    ['sites', 'show', LONG],
    ['token', 'list'],
    ['usage'],
    ['privacy'],
  ];
  for (const argv of commands) {
    const lines = (await muntra(columns, ...argv)).split('\n');
    const tooLong = lines.filter(line => widthOf(line) > columns);
    expect(tooLong, argv.join(' ')).toEqual([]);
    if (argv.join(' ') === 'sites list') expect(lines.join('\n')).toContain(LONG);
  }
});
