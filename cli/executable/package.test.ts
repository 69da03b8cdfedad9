/** The packaged executable, made anew, as somebody without Node runs it: from an empty directory, PATH and HOME empty. */
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, openProcesses, type Process, until } from '../../server/testing/processes.ts';

const run = promisify(execFile);
const MADE = join(import.meta.dirname, `../../dist/muntra-${process.platform}-${process.arch}`);
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
  copyFileSync(MADE, executable);
  chmodSync(executable, 0o755);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  env = { PATH: '', HOME: '', MUNTRA_DATA_DIR: join(cwd, 'data'), MUNTRA_HTTP_ADDR: `127.0.0.1:${port}` };
}, 300_000);

const muntra = async (...args: string[]): Promise<string> => (await run(executable, args, { env, cwd })).stdout;

async function start(): Promise<Process> {
  const server = processes.start(executable, ['start'], { env, cwd });
  const ready = async (): Promise<boolean> => {
    if (!server.running) throw new Error(server.output());
    return fetch(`${url}/ready`).then(
      answer => answer.ok,
      () => false,
    );
  };
  await until('the packaged server', ready, 60_000);
  return server;
}

test('counts a visit, stops, and finds everything again', { timeout: 120_000 }, async () => {
  expect(await muntra('--version')).toMatch(/^muntra \d+\.\d+\.\d+\n$/);
  const first = await start();
  await muntra('sites', 'add', 'mysite', '--origin', 'example.com');
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
