/** The demo as a process of its own: what it shows, that it keeps to itself, and that it leaves nothing. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Site } from '../../server/contract/site.ts';
import { readEnvFile } from '../../server/env-file.ts';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { openProcesses, type Process, until } from '../../server/testing/processes.ts';
import { shell } from '../testing/program.ts';

const LAUNCHER = join(import.meta.dirname, '../executable/muntra');

const processes = openProcesses();
/** The user's own, which everything in the environment names. */
let own: Muntra;
let temporary: string;
let demo: Process;

beforeAll(async () => {
  own = await startMuntra(processes);
  temporary = processes.dir('temporary');
  demo = processes.start(LAUNCHER, ['demo'], {
    env: {
      TMPDIR: temporary,
      MUNTRA_SERVER: `http://127.0.0.1:${own.port}`,
      MUNTRA_HTTP_ADDR: `127.0.0.1:${own.port}`,
      MUNTRA_DATA_DIR: own.dataDir,
      MUNTRA_DASHBOARD_TOKEN: readEnvFile(join(own.dataDir, 'muntra.env')).MUNTRA_DASHBOARD_TOKEN ?? '',
    },
  });
  await until('the demo', () => {
    if (!demo.running) throw new Error(`the demo ended\n${demo.output()}`);
    return demo.output().includes('everything of the demo is removed');
  });
});
afterAll(() => processes.close());

it('shows a report of its month, and a page that counts its visitor', async () => {
  expect(demo.output()).toMatch(/Visitors +Pageviews +Visits/);
  const [, page = ''] = /visit +(\S+)/.exec(demo.output()) ?? [];
  expect(new URL(page).port).not.toBe(String(own.port));
  const html = await (await fetch(page)).text();
  const lines = [...html.matchAll(/<li><code>(.*)<\/code>/g)].map(([, line]) => line);
  expect(lines).toHaveLength(2);
  const [live = '', stats = ''] = lines;
  expect(demo.output()).toContain(live);
  expect((await shell(stats.replace('npx ', ''), {})).stdout).toMatch(/^today/m);
});

it('sends nothing to the server that the environment names', async () => {
  expect(await own.api<Site[]>('GET', '/api/sites')).toEqual([]);
});

it('leaves nothing after Ctrl-C', async () => {
  demo.signal('SIGINT');
  expect(await demo.exited).toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
});
