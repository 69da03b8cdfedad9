/** Versions: of the database, on real ones with and without a server, and of the program. */
import { chownSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { startMuntra } from '../../server/testing/muntra.ts';
import { freePort, openProcesses } from '../../server/testing/processes.ts';
import { call, shell } from '../testing/program.ts';

// A first start makes a database; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 60_000 });

const processes = openProcesses();
let dataDir: string;
let env: Record<string, string>;

beforeAll(async () => {
  dataDir = processes.dir('data');
  env = { MUNTRA_DATA_DIR: dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${await freePort()}` };
});
afterAll(() => processes.close());

const { version } = manifest;
const NOBODY = { uid: 65_534, gid: 65_534 };

describe('muntra migrate', () => {
  const migrate = async (...flags: string[]) => {
    const { code, stdout } = await call(['migrate', '--json', ...flags], env);
    return { code, ...JSON.parse(stdout) };
  };

  it('tells of a new database, makes it, and then has nothing to do', async () => {
    expect(await migrate('--status')).toEqual({ code: 1, program: version, database: null });
    expect((await call(['migrate', '--status'], env)).stderr).toMatch(/^Error: .*\nTry: {3}muntra migrate\n$/);
    expect(readdirSync(dataDir)).toEqual([]);
    const nowhere = join(dataDir, 'nowhere');
    expect(await call(['migrate', '--status', '--data-dir', nowhere], env)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Error: There is no data directory ${nowhere}\nTry:   name it with --data-dir; muntra start makes one\n`,
    });
    expect(readdirSync(dataDir)).toEqual([]);
    expect(await migrate()).toEqual({ code: 0, program: version, database: version });
    expect(await migrate('--status')).toEqual({ code: 0, program: version, database: version });
    expect((await call(['migrate'], env)).stdout).toBe(`Muntra ${version}, database ${version}\n`);
  });

  it('asks the server that has the database', async () => {
    const port = Number(env.MUNTRA_HTTP_ADDR?.split(':')[1]);
    const server = await startMuntra(processes, { dataDir, port });
    expect(await migrate()).toEqual({ code: 0, program: version, database: version });
    await server.rows("UPDATE schema_version SET version = '99.0.0'", []);
    expect(await migrate('--status')).toEqual({ code: 1, program: version, database: '99.0.0' });
    await server.stop();
    const refused = await call(['migrate'], env);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('last used by Muntra 99.0.0') });
    const start = await call(['start'], env);
    expect(start).toMatchObject({ code: 1, stderr: expect.stringContaining('install Muntra 99.0.0 or newer') });
  });

  it.runIf(process.getuid?.() === 0)('by root leaves nothing that the service could not remove', async () => {
    const dir = processes.dir('service');
    chownSync(dir, NOBODY.uid, NOBODY.gid);
    const port = await freePort();
    const ended = await shell('muntra migrate', { MUNTRA_DATA_DIR: dir, MUNTRA_HTTP_ADDR: `127.0.0.1:${port}` });
    expect(ended).toEqual({ code: 0, stdout: `Muntra ${version}, database ${version}\n`, stderr: '' });
    const files = readdirSync(dir, { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(expect.arrayContaining(['lock', 'postgres/data/PG_VERSION']));
    expect(files.filter(name => statSync(join(dir, name)).uid !== NOBODY.uid)).toEqual([]);
  });
});

describe('muntra version', () => {
  it('is one line, or JSON', async () => {
    expect((await call(['version'], {})).stdout).toMatch(new RegExp(`^muntra ${version} \\(\\w+-\\w+, Node 24\\.`));
    const facts = JSON.parse((await call(['version', '--json'], {})).stdout);
    expect(facts).toEqual({
      version,
      platform: `${process.platform}-${process.arch}`,
      packaged: false,
      node: process.versions.node,
      executable: expect.stringMatching(/muntra$/),
    });
  });
});
