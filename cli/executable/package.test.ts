/**
 * The packaged executable, made anew, as somebody without Node runs it: installed from the archive of a release into an
 * empty directory, PATH and HOME empty.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { memoryOf } from '../../server/bench/proc.ts';
import { ERRORS } from '../../server/errors.ts';
import { freePort, openProcesses, type Process, until } from '../../server/testing/processes.ts';
import { ROOT } from './bundle.ts';

const run = promisify(execFile);
const PLATFORM = process.platform === 'darwin' ? 'macos' : process.platform;
const MADE = join(ROOT, `dist/muntra-${PLATFORM}-${process.arch}`);
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';

const processes = openProcesses();
afterAll(() => processes.close());

let cwd: string;
let executable: string;
let env: Record<string, string>;
let url: string;

beforeAll(async () => {
  const script = join(import.meta.dirname, 'package.ts');
  await run(process.execPath, ['--import', join(import.meta.dirname, 'register.ts'), script]);
  cwd = processes.dir('empty');
  executable = join(cwd, 'muntra');
  const install = [join(ROOT, 'install.sh'), '--from', `${MADE}.gz`, '--to', cwd];
  await run('sh', install, { cwd, env: { PATH: '/usr/bin:/bin' } });
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  env = { PATH: '', HOME: '', MUNTRA_DATA_DIR: join(cwd, 'data'), MUNTRA_HTTP_ADDR: `127.0.0.1:${port}` };
}, 600_000);

const muntra = async (...args: string[]): Promise<string> => (await run(executable, args, { env, cwd })).stdout;

async function start(): Promise<Process> {
  const server = processes.start(executable, ['start'], { env, cwd });
  await answers(server);
  return server;
}

async function answers(server: Process): Promise<void> {
  const ready = async (): Promise<boolean> => {
    if (!server.running) throw new Error(server.output());
    return fetch(`${url}/ready`).then(
      answer => answer.ok,
      () => false,
    );
  };
  await until('the packaged server', ready, 60_000);
}

test('says its version at once, and V8 has nothing to say of it', async () => {
  const started = performance.now();
  const { stdout, stderr } = await run(executable, ['--version'], { env, cwd });
  expect(stdout).toMatch(/^muntra \d+\.\d+\.\d+\n$/);
  expect(stderr).toBe('');
  process.stdout.write(`muntra --version: ${((performance.now() - started) / 1000).toFixed(2)} s\n`);
});

test('is installed from its bare file too, checked by its sum', async () => {
  const [sum = ''] = (await readFile(`${MADE}.sha256`, 'utf8')).split(' ');
  const bin = processes.dir('bare');
  const install = [join(ROOT, 'install.sh'), '--from', MADE, '--sha256', sum, '--to', bin];
  expect((await run('sh', install, { cwd, env: { PATH: '/usr/bin:/bin' } })).stderr).toBe('');
  const { stdout } = await run(join(bin, 'muntra'), ['--version'], { env, cwd });
  expect(stdout).toBe(`muntra ${manifest.version}\n`);
});

test('two at once unpack what is inside of it once, and one of them serves', { timeout: 120_000 }, async () => {
  const both = [1, 2].map(() => processes.start(executable, ['start'], { env, cwd }));
  await until('the end of one', () => both.some(({ running }) => !running), 60_000);
  const [server, other] = both[0]?.running ? both : both.toReversed();
  expect(await other?.exited).toBe(ERRORS.already_running.exit);
  if (server) await answers(server);
  // Nothing stays in memory of what was unpacked: it was 113 MB once, and is 75.
  if (process.platform === 'linux') expect(memoryOf(server?.pid ?? 0).rss).toBeLessThan(90 * 2 ** 20);
  const inside = await readdir(join(cwd, 'data/postgres'));
  expect(inside.filter(name => name.startsWith('programs-'))).toHaveLength(1);
  expect(await server?.stop()).toBe(0);
});

test('is set up, counts a visit, stops, and finds everything again', { timeout: 120_000 }, async () => {
  const wishes = [
    '--url',
    'https://example.com/muntra/',
    '--site',
    'mysite',
    '--origin',
    'example.com',
    '--no-service',
  ];
  expect(await muntra('init', '--yes', ...wishes)).toContain('data-site-id="mysite"');
  const first = await start();
  const script = await fetch(`${url}/script.js`);
  expect(script.headers.get('content-type')).toContain('javascript');
  const body = JSON.stringify({ site_id: 'mysite', url: 'https://example.com/' });
  // An address of Sweden, by way of a trusted proxy: the country table is inside, too.
  const headers = { Origin: 'https://example.com', 'User-Agent': FIREFOX, 'X-Forwarded-For': '193.10.252.19' };
  expect((await fetch(`${url}/collect`, { method: 'POST', body, headers })).status).toBe(204);
  const counted = JSON.parse(await muntra('stats', 'mysite', '--json'));
  expect(counted.stats.pageviews.value).toBe(1);
  expect(JSON.parse(await muntra('top', 'country', 'mysite', '--json'))).toMatchObject([{ x: 'SE', y: 1 }]);
  expect(await first.stop()).toBe(0);

  const second = await start();
  expect(JSON.parse(await muntra('stats', 'mysite', '--json')).stats).toEqual(counted.stats);
  expect(await second.stop()).toBe(0);
});
