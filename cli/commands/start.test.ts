import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort, openProcesses, until } from '../../server/testing/processes.ts';
import { call } from '../testing/program.ts';
import { Interrupted } from '../world.ts';

const LAUNCHER = join(import.meta.dirname, '../executable/muntra');

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'muntra-start-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('begins anew on the same directory, whatever would be customary for its owner', async () => {
  let given: Record<string, string> = {};
  const restart = (env: Record<string, string>): never => {
    given = env;
    throw new Interrupted('SIGTERM');
  };
  await call(['start'], { XDG_DATA_HOME: home }, { restart, uid: 1000 });
  expect(given).toMatchObject({ MALLOC_ARENA_MAX: '1', MUNTRA_DATA_DIR: join(home, 'muntra') });
});

test.each([
  ['127.0.0.1', false],
  ['', true],
])('says whether it listens on every interface, with the host "%s"', async (host, everywhere) => {
  const processes = openProcesses();
  try {
    const port = await freePort();
    const env = { MUNTRA_DATA_DIR: processes.dir('data'), MUNTRA_HTTP_ADDR: `${host}:${port}` };
    const server = processes.start(LAUNCHER, ['start'], { env });
    await until('the welcome', () => server.output().includes('Ctrl-C'));
    const closed = `at this one alone: MUNTRA_HTTP_ADDR=127.0.0.1:${port}\n`;
    expect(server.output().includes(closed)).toBe(everywhere);
  } finally {
    await processes.close();
  }
});
