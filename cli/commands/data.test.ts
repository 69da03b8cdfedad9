/** Import and export against a real server. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportedEvent } from '../../server/contract/transfer.ts';
import { EVENT_COLUMNS } from '../../server/ingest/event.ts';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { openProcesses } from '../../server/testing/processes.ts';
import type { ImportOutcome } from '../import-events.ts';
import { call, type Ended, inTerminal } from '../testing/program.ts';

const processes = openProcesses();
const dir = processes.dir('files');
let server: Muntra;
let env: Record<string, string>;

const muntra = (...argv: string[]): Promise<Ended> => call(argv, env, { cwd: dir });
const ok = async (...argv: string[]): Promise<string> => {
  const { code, stdout, stderr } = await muntra(...argv);
  if (code !== 0) throw new Error(stderr);
  return stdout;
};
const outcome = async (...argv: string[]): Promise<ImportOutcome> => JSON.parse(await ok('import', ...argv, '--json'));

beforeAll(async () => {
  server = await startMuntra(processes);
  env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  for (const site of ['shop', 'blog', 'copy', 'piped']) await ok('sites', 'add', site);
});
afterAll(() => processes.close());

function event(number: number, given: Partial<ImportedEvent> = {}): ImportedEvent {
  return {
    created_at: Date.UTC(2025, 10, 1) + number * 60_000,
    site_id: 'shop',
    visitor_hash: `visitor ${number % 7}`,
    url: `https://example.com/${number}?utm_source=mail`,
    ...given,
  };
}

function write(name: string, events: (ImportedEvent | string)[]): string {
  const lines = events.map(line => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(join(dir, name), lines.map(line => `${line}\n`).join(''));
  return name;
}

const many = (count: number): ImportedEvent[] => Array.from({ length: count }, (_, i) => event(i));

const columns = Object.values(EVENT_COLUMNS).filter(column => column !== 'site_id');
const rowsOf = (site: string) =>
  server.rows(`SELECT ${columns}, session_hash FROM raw_events WHERE site_id = $1 ORDER BY created_at, id`, [site]);

describe('muntra import', () => {
  it('stores a file once, and says what it could not use', async () => {
    const file = write('first.jsonl', [...many(1200), 'nonsense', event(0, { visitor_hash: '' })]);
    const first = await muntra('import', file);
    expect(first.stdout).toBe('Imported 1,200 events; 2 lines could not be used.\n');
    expect(first.stderr).toBe('line 1,201: the line is not a JSON object\nline 1,202: visitor_hash is missing\n');
    expect(await outcome(file)).toEqual({ events: 0, lines: 1202, skipped: 1202, refused: 0, problems: [] });
    expect(await rowsOf('shop')).toHaveLength(1200);
    const again = await muntra('import', file);
    expect(again.stdout).toBe('Imported 0 events; 1,202 lines had been read before.\n');
    expect(again.stderr).toContain('--source');
  });

  it('stops at a site that is not there, and goes on when it is', async () => {
    const late = (n: number) => event(n, { site_id: 'late' });
    const file = write('late.jsonl', [...many(1000), late(1), late(2)]);
    const stopped = await muntra('import', file);
    expect([stopped.code, stopped.stderr]).toEqual([
      5,
      expect.stringMatching(/^Error: Line 1001 is of the unknown site "late"\nTry: {3}.*sites add late, .*\n$/),
    ]);
    await ok('sites', 'add', 'late');
    expect(await outcome(file)).toMatchObject({ events: 2, skipped: 1000, refused: 0 });
  });

  it('fails when it can use no line', async () => {
    const { code, stdout, stderr } = await muntra('import', write('none.jsonl', ['a', 'b']));
    expect([code, stdout]).toEqual([2, 'Imported 0 events; 2 lines could not be used.\n']);
    expect(stderr).toMatch(/Error: No line of none\.jsonl could be used\nTry: {3}correct them; a changed file/);
  });

  it('goes on where it was cut off', async () => {
    const events = many(6000).map(given => ({ ...given, site_id: 'blog' }));
    write('cut.jsonl', events.slice(0, 5500));
    expect((await outcome('cut.jsonl', '--source', 'cut')).events).toBe(5500);
    write('cut.jsonl', events);
    expect(await outcome('cut.jsonl', '--source', 'cut')).toMatchObject({ events: 500, lines: 6000, skipped: 5500 });
    expect(await rowsOf('blog')).toHaveLength(6000);
  });

  it('reads compressed files, and stdin', async () => {
    const text = many(3)
      .map(given => JSON.stringify({ ...given, site_id: undefined }))
      .join('\n');
    writeFileSync(join(dir, 'few.jsonl.gz'), gzipSync(text));
    expect((await outcome('few.jsonl.gz', '--site', 'piped')).events).toBe(3);
    const piped = await call(['import', '-', '--site', 'piped'], env, { stdin: Readable.from([Buffer.from(text)]) });
    expect(piped.stdout).toBe('Imported 3 events.\n');
    expect(await rowsOf('piped')).toHaveLength(6);
  });

  it('passes over a line without end', async () => {
    writeFileSync(join(dir, 'long.jsonl'), `{"a":"${'x'.repeat(3_000_000)}"}\n${JSON.stringify(event(9))}\n`);
    expect(await outcome('long.jsonl')).toMatchObject({ events: 1, refused: 1 });
  });

  it.each([
    [['nofile'], 1, /^Error: nofile cannot be read: it does not exist/],
    [['nothing.jsonl'], 1, /nothing\.jsonl cannot be read: it does not exist/],
    [['.'], 1, /it is a directory/],
    [['first.jsonl', '--site', 'nowhere'], 5, /Unknown site "nowhere"/],
    [[], 2, /Missing required argument/],
    [['-', '--token-stdin'], 2, /^Error: Events and the token cannot both come from stdin\nTry: {3}set MUNTRA/],
  ])('%j is refused', async (argv, code, message) => {
    const ended = await muntra('import', ...argv);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(message);
  });

  it('refuses a file that is not compressed as it says', async () => {
    writeFileSync(join(dir, 'plain.jsonl.zst'), 'plain');
    const { code, stderr } = await muntra('import', 'plain.jsonl.zst');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/not compressed as its name says/)]);
  });

  it('shows on a terminal how far it is, and takes that away', async () => {
    write('shown.jsonl', many(6000));
    const terminal = inTerminal(['import', join(dir, 'shown.jsonl')], env);
    expect(await terminal.exited).toBe(0);
    expect(terminal.output()).toMatch(/━+.* \d+%.*events\r\x1b\[K.*Imported 6,000 events\.\r\n$/s);
  });
});

describe('muntra export', () => {
  it('writes what an import makes the same rows of', async () => {
    const { stderr } = await muntra('export', 'blog', '--output', 'blog.jsonl.zst');
    expect(stderr).toBe('Exported 6,000 events of 1 site.\n');
    expect(statSync(join(dir, 'blog.jsonl.zst')).mode & 0o777).toBe(0o600);
    expect((await outcome('blog.jsonl.zst', '--site', 'copy')).events).toBe(6000);
    expect(await rowsOf('copy')).toEqual(await rowsOf('blog'));
  });

  it('keeps to a time, in the time zone of the site', async () => {
    await ok('sites', 'add', 'north', '--timezone', 'Europe/Stockholm');
    write(
      'north.jsonl',
      [-61, -60, 0, 1380, 1379].map(n => event(n, { site_id: 'north' })),
    );
    await ok('import', 'north.jsonl');
    const text = await ok('export', 'north', '--from', '2025-11-01', '--to', '2025-11-01');
    const times = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).created_at);
    expect(times.map(Date.parse)).toEqual([-60, 0, 1379].map(n => event(n).created_at));
  });

  it.each([
    [['--from', '2026-11-10', '--to', '2026-11-01'], /^Error: The period ends before it begins\nTry: /],
    [['--from', ''], /^Error: "" is not a time\nTry: /],
    [['--to', ''], /^Error: "" is not a time\nTry: /],
  ])('refuses a time that is none: %j', async (argv, message) => {
    expect(await muntra('export', ...argv)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('prints nothing that a terminal obeys or a spreadsheet runs', async () => {
    await ok('sites', 'add', 'hostile');
    const hostile = { site_id: 'hostile', url: '=1+1\u009b2J\u202e', event_data: { a: 1 } };
    write('hostile.jsonl', [event(0, hostile)]);
    await ok('import', 'hostile.jsonl');
    const jsonl = await ok('export', 'hostile');
    expect(JSON.parse(jsonl)).toMatchObject({ url_path: hostile.url, event_data: { a: 1 } });
    expect(jsonl).not.toMatch(/[\x7f-\x9f\u202e]/);
    const csv = await ok('export', 'hostile', '--format', 'csv');
    const [header, row] = csv.split('\r\n');
    expect(header?.split(',').slice(0, 3)).toEqual(['created_at', 'site_id', 'visitor_hash']);
    expect(row).toContain(",'=1+1\\x9b2J\\u202e,");
    expect(row).toContain('"{""a"":1}"');
  });

  it('leaves nothing behind where it cannot write', async () => {
    const { code, stderr } = await muntra('export', '--output', 'no/such/dir.jsonl');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot be written/)]);
    expect(readdirSync(dir).filter(name => name.endsWith('.part'))).toEqual([]);
  });
});

describe('muntra usage', () => {
  beforeAll(async () => {
    await ok('sites', 'add', 'busy');
    const now = Date.now();
    write(
      'busy.jsonl',
      many(12_000).map((given, n) => ({ ...given, site_id: 'busy', created_at: now - n * 60_000 })),
    );
    await ok('import', 'busy.jsonl');
    const body = JSON.stringify({ site_id: 'busy', url: 'https://example.com/' });
    const headers = { 'user-agent': 'Googlebot/2.1' };
    await fetch(`http://127.0.0.1:${server.port}/collect`, { method: 'POST', headers, body });
    await ok('flush');
  });

  it('prints what sites and tables take, and for how long a disk lasts', async () => {
    const text = await ok('usage', '--disk', '1GB');
    expect(text).toMatch(
      /^Database +\d+ MB, \d\d,\d{3} events\nA day +[\d,]+ events, \d+ KB\nLimit +1\.0 GB, for .*\n\n/,
    );
    expect(text).toMatch(/^busy +12,000 +[\d,]+ +[\d.]+ MB +1 bots$/m);
    expect(text).toMatch(/^raw_events +\d\d,\d{3} +[\d.]+ MB +[\d.]+ [KM]B$/m);
    expect(text.split('\n').every(line => line.length <= 80)).toBe(true);
  });

  it('prints the same as JSON, as documented', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');
    const documented = /### muntra usage.*?```json\n(.*?)```/s.exec(page)?.[1] ?? '';
    const usage = JSON.parse(await ok('usage', '--json'));
    expect(Object.keys(usage)).toEqual(Object.keys(JSON.parse(documented)));
    expect(usage.limit).toBeGreaterThan(usage.bytes);
    expect(usage.sites[0]).toMatchObject({ site: 'busy', events: 12_000, drops: { bot: 1 } });
  });

  it('refuses a size that is none', async () => {
    const { code, stderr } = await muntra('usage', '--disk', 'much');
    expect([code, stderr]).toEqual([2, 'Error: --disk much is not a size\nTry:   --disk 20GB\n']);
  });
});

it('is described', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');
  for (const column of [...Object.values(EVENT_COLUMNS), 'url', 'referrer', 'user_agent']) {
    expect(page).toContain(`\`${column}\``);
  }
});
