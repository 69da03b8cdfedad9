/** Backup, verification and restore with real servers, each on a data directory of its own. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SystemAnswer } from '../../server/contract/system.ts';
import type { CreatedToken } from '../../server/contract/token.ts';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { freePort, openProcesses, until } from '../../server/testing/processes.ts';
import { startPostgres } from '../../server/testing/service.ts';
import { call, type Ended, shell } from '../testing/program.ts';
import { Interrupted } from '../world.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0';
const LAUNCHER = join(import.meta.dirname, '../executable/muntra');
const NOBODY = { uid: 65_534, gid: 65_534 };
const processes = openProcesses();
const dir = processes.dir('files');
const file = join(dir, 'muntra.backup');
let server: Muntra;
let env: Record<string, string>;
let made: Ended;

const muntra = (argv: string[], given = env): Promise<Ended> => call(argv, given, { cwd: dir });

beforeAll(async () => {
  server = await startMuntra(processes);
  env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  await muntra(['sites', 'add', 'shop', '--origin', 'example.com']);
  await muntra(['sites', 'add', 'blog', '--timezone', 'Europe/Stockholm']);
  const events = Array.from({ length: 3000 }, (_, i) => ({
    created_at: Date.now() - i * 3_600_000,
    site_id: 'shop',
    visitor_hash: `${i % 50}`,
    url: `https://example.com/${i % 9}`,
  }));
  writeFileSync(join(dir, 'history.jsonl'), events.map(event => JSON.stringify(event)).join('\n'));
  await muntra(['import', 'history.jsonl']);
  // It waits in the spool.
  const headers = { 'user-agent': FIREFOX, origin: 'https://example.com' };
  const body = JSON.stringify({ site_id: 'shop', url: 'https://example.com/last' });
  await fetch(`http://127.0.0.1:${server.port}/collect`, { method: 'POST', headers, body });
  made = await muntra(['backup', 'muntra.backup']);
});
afterAll(() => processes.close());

const stats = async (from: Record<string, string>): Promise<unknown> => {
  const range = ['--from', '2020-01-01', '--to', '2030-01-01'];
  const { stdout, stderr } = await muntra(['stats', 'shop', ...range, '--json'], from);
  if (stdout === '') throw new Error(stderr);
  const { stats, breakdowns } = JSON.parse(stdout);
  return { stats, breakdowns };
};

describe('muntra backup', () => {
  it('writes a file for its owner, which has no salt in it', async () => {
    expect([made.code, made.stderr]).toEqual([
      0,
      expect.stringMatching(/^Backed up to muntra\.backup: \d+ KB in \d+\.\d s\.\n$/),
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = zstdDecompressSync(readFileSync(file)).toString();
    expect(text).toContain('/last');
    const salts = readdirSync(join(server.dataDir, 'salt')).map(name => join(server.dataDir, 'salt', name));
    const [salt = ''] = salts.map(path => readFileSync(path, 'utf8').trim());
    expect(salt).toMatch(/^[\da-f]{64}$/);
    expect(text).not.toContain(salt);
    const token = readFileSync(join(server.dataDir, 'muntra.env'), 'utf8').match(/TOKEN=(.+)/)?.[1] ?? '';
    expect(text).not.toContain(token);
  });

  it('tells the server, which tells when that was', async () => {
    const last = async () => (await server.api<SystemAnswer>('GET', '/api/system')).lastBackup;
    // It is noted once the client has taken all of it.
    await until('the note of the backup', async () => (await last()) !== null);
    expect(await last()).toEqual({ at: expect.any(Number), events: 3001 });
  });

  it('goes through a pipe', async () => {
    const { code } = await shell(`muntra backup - > '${dir}/piped.backup'`, env);
    expect(code).toBe(0);
    const piped = zstdDecompressSync(readFileSync(join(dir, 'piped.backup'))).toString();
    expect(piped).toMatch(/\n\{"sequences":\{.*\}\}\n$/);
  });

  it('names a file after the time, and prints JSON', async () => {
    const now = () => Date.UTC(2025, 10, 30, 12);
    const { stdout, stderr } = await call(['backup', '--json'], env, { cwd: dir, now });
    // Cron would mail it each night.
    expect(stderr).toBe('');
    const { file: name, bytes } = JSON.parse(stdout);
    expect(name).toBe('muntra-2025-11-30T120000Z.backup');
    expect(statSync(join(dir, name)).size).toBe(bytes);
  });

  it('is for admins', async () => {
    const { token } = await server.api<CreatedToken>('POST', '/api/tokens', { name: 'reader', access: 'read' });
    const { code, stderr } = await muntra(['backup', 'no.backup'], { ...env, MUNTRA_DASHBOARD_TOKEN: token });
    expect([code, stderr]).toEqual([4, expect.stringContaining('may only read')]);
    expect(existsSync(join(dir, 'no.backup'))).toBe(false);
  });
});

describe('muntra backup verify', () => {
  it('says what a backup holds', async () => {
    const { code, stdout } = await muntra(['backup', 'verify', 'muntra.backup']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Good: made \d+ \w+ \d{4} by muntra \S+, [\d,]+ rows in \d+ tables\.\n\nSite .*\nshop +3,001 +3,001 +12\d +\S+ +\S+\n$/,
    );
  });

  it('says the same as JSON, of stdin', async () => {
    const { stdout } = await call(['backup', 'verify', '-', '--json'], env, { stdin: createReadStream(file) });
    const { tables, sites } = JSON.parse(stdout);
    expect(tables).toContainEqual({ table: 'raw_events', rows: 3001 });
    expect(sites).toEqual([expect.objectContaining({ site: 'shop', events: 3001, pageviews: 3001 })]);
  });

  it('ends and removes what a killed one left behind, and leaves one that runs alone', async () => {
    const place = processes.dir('scratch');
    const pipe = join(place, 'pipe');
    execFileSync('mkfifo', [pipe]);
    // Open for both, so that it has no end while we live.
    const feed = openSync(pipe, 'r+');
    writeSync(feed, readFileSync(file).subarray(0, 30_000));
    const options = { env: { HOME: place, TMPDIR: place } };
    const held = processes.start(LAUNCHER, ['backup', 'verify', pipe], options);
    const scratches = (): string[] => readdirSync(place).filter(name => name.startsWith('muntra-verify-'));
    const postmaster = (): string[] => {
      const path = join(place, scratches()[0] ?? '', 'postgres/data/postmaster.pid');
      return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    };
    await until('its PostgreSQL', () => postmaster()[7]?.trim() === 'ready');
    const pid = Number(postmaster()[0]);
    const verified = (): Promise<Ended> => shell(`TMPDIR=${place} muntra backup verify '${file}'`, env);

    const [scratch] = scratches();
    expect((await verified()).code).toBe(0);
    expect([held.running, scratches()]).toEqual([true, [scratch]]);
    await held.kill();
    closeSync(feed);
    const runs = (): boolean => existsSync(`/proc/${pid}/exe`);
    expect(runs()).toBe(true);
    const { code, stderr } = await verified();
    expect([code, stderr]).toEqual([0, '']);
    expect([runs(), scratches()]).toEqual([false, []]);
  });

  it('is ended by Ctrl-C while it waits for more, and leaves nothing behind', async () => {
    const place = processes.dir('scratch');
    const interrupt = new AbortController();
    const stdin = new PassThrough();
    stdin.write(readFileSync(file).subarray(0, 30_000));
    vi.stubEnv('TMPDIR', place);
    const ended = call(['backup', 'verify', '-'], env, { stdin, interrupt: interrupt.signal });
    const postmaster = () => join(place, readdirSync(place)[0] ?? '', 'postgres/data/postmaster.pid');
    await until(
      'its PostgreSQL',
      () => existsSync(postmaster()) && readFileSync(postmaster(), 'utf8').includes('ready'),
    );
    vi.unstubAllEnvs();
    await sleep(1000);
    interrupt.abort(new Interrupted('SIGINT'));
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([130, '']);
    expect(readdirSync(place)).toEqual([]);
  });

  it('finds a cut file, one that is none, and one that is not there', async () => {
    writeFileSync(join(dir, 'cut.backup'), readFileSync(file));
    truncateSync(join(dir, 'cut.backup'), statSync(file).size - 100);
    writeFileSync(join(dir, 'none.backup'), 'hello');
    for (const name of ['cut.backup', 'none.backup', 'missing.backup']) {
      const { code, stderr } = await muntra(['backup', 'verify', name]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^Error: .*cannot be (used|read)/)]);
    }
  });
});

describe('muntra restore', () => {
  it('fills a fresh data directory, on which a server then goes on', async () => {
    const fresh = processes.dir('fresh');
    const { code, stdout, stderr } = await muntra(['restore', 'muntra.backup'], { MUNTRA_DATA_DIR: fresh });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Restored 3,001 events, made .*\.\n$/);
    const copy = await startMuntra(processes, { dataDir: fresh });
    const there = { MUNTRA_DATA_DIR: fresh, MUNTRA_HTTP_ADDR: `127.0.0.1:${copy.port}` };
    expect(await stats(there)).toEqual(await stats(env));
    expect((await muntra(['sites', 'list'], there)).stdout).toMatch(/^blog .*Europe\/Stockholm/m);
    const again = await muntra(['import', 'history.jsonl'], there);
    expect(again.stdout).toContain('Imported 0 events');
    await copy.stop();
    const refused = await muntra(['restore', 'muntra.backup'], { MUNTRA_DATA_DIR: fresh });
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/There is data already.*\nTry: .*--force/),
    ]);
    expect((await muntra(['restore', 'muntra.backup', '--force'], { MUNTRA_DATA_DIR: fresh })).code).toBe(0);
  });

  it('fills a database of yours, when no server uses it', async () => {
    const postgres = await startPostgres(processes);
    const services = { MUNTRA_DATA_DIR: processes.dir('services'), MUNTRA_POSTGRES_DSN: postgres.url };
    const user = await startMuntra(processes, {
      dataDir: processes.dir('user'),
      env: { MUNTRA_POSTGRES_DSN: postgres.url },
    });
    const refused = await muntra(['restore', 'muntra.backup'], services);
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('A muntra server uses this database')]);
    await user.stop();
    expect((await muntra(['restore', 'muntra.backup'], services)).code).toBe(0);
  });

  it.runIf(process.getuid?.() === 0)(
    'by root reads a file of root alone, and leaves nothing that the service could not remove',
    async () => {
      const service = processes.dir('service');
      chownSync(service, NOBODY.uid, NOBODY.gid);
      const mine = processes.dir('root');
      chmodSync(mine, 0o700);
      copyFileSync(file, join(mine, 'muntra.backup'));
      const port = await freePort();
      const given = { MUNTRA_DATA_DIR: service, MUNTRA_HTTP_ADDR: `127.0.0.1:${port}` };
      const ended = await shell(`muntra restore '${join(mine, 'muntra.backup')}'`, given);
      expect(ended).toEqual({ code: 0, stdout: expect.stringMatching(/^Restored 3,001 events/), stderr: '' });
      const files = readdirSync(service, { recursive: true, encoding: 'utf8' });
      expect(files).toEqual(expect.arrayContaining(['lock', 'postgres/data/PG_VERSION']));
      expect(files.filter(name => statSync(join(service, name)).uid !== NOBODY.uid)).toEqual([]);
    },
  );

  it('leaves a running server alone', async () => {
    const { code, stderr } = await muntra(['restore', 'muntra.backup', '--force']);
    expect([code, stderr]).toEqual([6, expect.stringContaining('Another muntra server is running')]);
  });
});
