/** Hostile texts through the real path: sent to /collect, stored, and printed by every command that shows what came from outside. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { openProcesses, until } from '../../server/testing/processes.ts';
import { call, type Ended, inTerminal } from '../testing/program.ts';
import { Interrupted } from '../world.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0';

/** At most 16 units, the shortest field. */
const HOSTILE = [
  '\x1b]0;pwned\x07',
  '\x1b[2J\x1b[1;1H',
  '\x9b31mred\x9b0m',
  '\x90q\x9c',
  '\r\nroot:x:0:0',
  '\u202egnp.exe',
  '\u2067a\u2069\u200f\u061c',
  '\u2028\u2029\u0085',
  '\u200b\ufeff\u00ad\u2060x',
  '\u{e0041}\u{e007f}\u{1bca0}',
  "=cmd|' /C x'!A0",
  '+1+1',
  '-2+3',
  '@SUM(1)',
  '\t=1',
  '"a",=1\r\n=2',
  '<script>x()',
  '{"level":"fatal"}',
  '%1b[2J\\x1b[2J',
];

/** What a terminal obeys, reorders or hides, but for line feeds. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const harm = (text: string): string[] => text.split('\n').filter(line => OBEYED.test(line));

const processes = openProcesses();
let server: Muntra;
let env: Record<string, string>;

const muntra = (...argv: string[]): Promise<Ended> => call(argv, env);

beforeAll(async () => {
  server = await startMuntra(processes, { env: { MUNTRA_LOG_LEVEL: 'debug' } });
  env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  await muntra('sites', 'add', 'shop');
  for (const text of HOSTILE) {
    const quoted = encodeURIComponent(text);
    const url = `https://example.com/${quoted}?utm_source=${quoted}&utm_campaign=${quoted}&q=${quoted}`;
    const told = { screen: text, viewport: text, language: text, timezone: text };
    for (const more of [{}, { name: text, data: { [text]: text, plan: text } }]) {
      const referrer = `https://news.example.org/${quoted}`;
      const body = JSON.stringify({ site_id: 'shop', url, referrer, ...told, ...more });
      const init = { method: 'POST', headers: { 'user-agent': FIREFOX }, body };
      expect((await fetch(`http://127.0.0.1:${server.port}/collect`, init)).status).toBe(204);
    }
  }
});
afterAll(() => processes.close());

const LISTS = [
  'url',
  'entry',
  'exit',
  'event',
  'referrer',
  'language',
  'screen',
  'viewport',
  'timezone',
  'utm_source',
  'utm_campaign',
];

describe('hostile texts', () => {
  it.each([
    ['reports', [['stats', 'shop', '--limit', '100'], ...LISTS.map(by => ['top', by, 'shop', '--limit', '100'])]],
    ['properties', HOSTILE.map(name => ['top', 'prop:plan', 'shop', '--event', name])],
    ['names of sites', HOSTILE.map(name => ['stats', name])],
    ['filters', HOSTILE.map(name => ['stats', 'shop', '--filter', `url:is:/${name}`])],
    [
      'explanations',
      HOSTILE.map(name => ['explain', '--site', 'shop', '--url', name, '--ua', name, '--ip', '8.8.8.8']),
    ],
    ['mistakes', HOSTILE.map(name => [name])],
  ])('are printed as text: %s', async (_, lines) => {
    for (const argv of lines) {
      const { stdout, stderr } = await muntra(...argv);
      expect(stdout + stderr).not.toBe('');
      expect(harm(stdout + stderr)).toEqual([]);
    }
  });

  it('are JSON that parses to what came', async () => {
    const { stdout } = await muntra('top', 'event', 'shop', '--limit', '100', '--json');
    expect(harm(stdout)).toEqual([]);
    const names = (JSON.parse(stdout) as { x: string }[]).map(({ x }) => x);
    expect(names.toSorted()).toEqual(HOSTILE.toSorted());
    for (const argv of [
      ['export', 'shop'],
      ['stats', 'shop', '--json'],
    ])
      expect(harm((await muntra(...argv)).stdout)).toEqual([]);
  });

  it.each([
    [['stats', 'shop', '--csv', '--limit', '100']],
    [['top', 'event', 'shop', '--csv', '--limit', '100']],
    [['top', 'viewport', 'shop', '--csv', '--limit', '100']],
    [['export', 'shop', '--format', 'csv']],
  ])('are no formulas in the CSV of %j', async argv => {
    const { stdout } = await muntra(...argv);
    expect(harm(stdout.replaceAll('\r\n', '\n'))).toEqual([]);
    const rows = readCsv(stdout);
    expect(rows.length).toBeGreaterThan(HOSTILE.length);
    expect(new Set(rows.map(row => row.length)).size).toBe(1);
    expect(rows.flat().filter(cell => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  });

  it('are lines of a reading', async () => {
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(new Interrupted('SIGINT')), 1500);
    const { stdout } = await call(['live', 'shop', '--json', '--interval', '1'], env, { interrupt: interrupt.signal });
    expect(harm(stdout)).toEqual([]);
    expect(stdout).toContain('SUM(1)');
  });

  it('reach no terminal', async () => {
    for (const command of ['stats', 'live']) {
      const terminal = inTerminal([command, 'shop'], { ...env, HOME: server.dataDir });
      await until('the picture', () => terminal.output().includes('Pages'));
      if (command === 'live') terminal.type('\x03');
      await terminal.exited;
      // Our own: colours, lines that are erased, the cursor, the other screen.
      const own = /\x1b\[(?:[\d;]*m|\d*[JKHA-D]|\?\d+[hl])/g;
      const shown = terminal.output().replaceAll('\r\n', '\n').replace(own, '').replaceAll('^C', '');
      expect([command, harm(shown)]).toEqual([command, []]);
      expect(shown).toContain('\\x1b');
    }
  });

  it('are no lines of the log', () => {
    const lines = server
      .output()
      .split('\n')
      .filter(line => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.parse(line).level).not.toBe('fatal');
    expect(harm(server.output())).toEqual([]);
  });
});

/** RFC 4180. */
function readCsv(text: string): string[][] {
  return text
    .split('\r\n')
    .slice(0, -1)
    .map(line =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
        ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
      ),
    );
}
