/** Verdicts on what a server tells, and the command beside real servers that are well, ill and away. */
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SystemAnswer } from '../../server/contract/system.ts';
import { listen, stopListening } from '../../server/http/listen.ts';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { freePort, openProcesses, until } from '../../server/testing/processes.ts';
import { SAMPLE_SYSTEM } from '../../server/testing/sample-system.ts';
import { type Service, startPostgres, startRedis } from '../../server/testing/service.ts';
import type { Check } from '../report/checks.ts';
import { call } from '../testing/program.ts';
import { judge } from './server.ts';

describe('a verdict', () => {
  const NOW = SAMPLE_SYSTEM.started + 120_000;
  const LATER = NOW + 8 * 86_400_000;
  const well: SystemAnswer = { ...SAMPLE_SYSTEM, state: { store: 'up', buffer: 'up', redis: 'up' } };

  it('on a server that is well', () => {
    expect(judge(well, '1.2.3', NOW).filter(({ ok }) => !ok)).toEqual([]);
    expect(judge(well, '1.2.3', NOW).map(({ name }) => name)).toEqual([
      ...['server', 'store', 'migrations', 'buffer', 'flush', 'rollup', 'salt', 'clock', 'disk', 'memory', 'backup'],
    ]);
  });

  it.each<[name: string, system: Partial<SystemAnswer>, now: number, detail: string]>([
    ['server', { version: '1.2.2', schema: '1.2.2' }, NOW, 'it runs Muntra 1.2.2, and this is 1.2.3'],
    ['store', { state: { store: 'down', buffer: 'up' } }, NOW, 'PostgreSQL does not answer'],
    ['migrations', { schema: '1.2.0' }, NOW, 'the tables are those of 1.2.0'],
    ['buffer', { state: { store: 'up', buffer: 'down' } }, NOW, 'no event can be kept'],
    ['buffer', { state: { store: 'up', buffer: 'up', redis: 'down' } }, NOW, 'Redis does not answer'],
    ['buffer', { dropsToday: { full: 3 } }, NOW, '3 events refused today'],
    ['flush', { lastFlush: null, started: NOW - 700_000 }, NOW, 'not since the start, and 7 events wait'],
    ['rollup', { rollup: { waiting: null, last: null } }, NOW, 'not known'],
    ['rollup', { rollup: { waiting: 2, last: null }, buffer: { events: 0, bytes: 0 } }, LATER, '2 days behind'],
    ['salt', { oldSalts: 1 }, NOW, '1 salt of a day before still there'],
    ['clock', { clock: { store: -3500, redis: 4 } }, NOW, 'PostgreSQL -3.5 s'],
    ['disk', { disk: { free: 2 ** 28, total: 2 ** 34 } }, NOW, '256 MB of 16 GB free'],
    ['disk', { disk: { free: 2 ** 30, total: 2 ** 37 } }, NOW, '1.0 GB of 128 GB free'],
    ['memory', { memory: { rss: 2 ** 28, heapUsed: 0 } }, NOW, '256 MB'],
    ['backup', { lastBackup: { at: NOW, events: 1 }, buffer: { events: 0, bytes: 0 } }, LATER, '8 days old'],
  ])('on its %s: %j', (name, system, now, detail) => {
    const bad = judge({ ...well, rollup: { waiting: 0, last: null }, ...system }, '1.2.3', now).filter(({ ok }) => !ok);
    expect(bad).toEqual([
      { name, ok: false, detail: expect.stringContaining(detail), hint: expect.stringMatching(/./) },
    ]);
  });
});

describe('muntra doctor', () => {
  const processes = openProcesses();
  let postgres: Service;
  let redis: Service;
  let server: Muntra;
  let env: Record<string, string>;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(processes), startRedis(processes)]);
    const services = { MUNTRA_POSTGRES_DSN: postgres.url, MUNTRA_REDIS_URL: redis.url };
    server = await startMuntra(processes, { env: services });
    env = { ...services, MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  });
  afterAll(() => processes.close());

  const failures = (stdout: string): string[] =>
    (JSON.parse(stdout) as Check[]).filter(({ ok }) => !ok).map(({ name }) => name);

  it('finds a server well, its clocks and a canary included', async () => {
    const { code, stdout, stderr } = await call(['doctor'], env);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ config +.*muntra\.env$/m);
    expect(stdout).toMatch(/^✓ clock +PostgreSQL [+-]0\.\d s, Redis [+-]0\.\d s$/m);
    expect(stdout).toMatch(/^✓ row +the event was stored, found and removed$/m);
    expect(stdout).toMatch(/^ +muntra backup FILE/m);
    expect(stdout).not.toContain('✗');
  });

  it('sends the canary through the public address where it is known', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}/`;
    const { code, stdout, stderr } = await call(['doctor', '--json'], { ...env, MUNTRA_PUBLIC_URL: nobody });
    expect([code, failures(stdout)]).toEqual([1, ['script', 'collect']]);
    expect(stderr).toMatch(/^Error: 2 of 14 checks failed: script, collect\nTry: /);
  });

  it('sees a salt that should be gone, and a file of secrets that is open to others', async () => {
    writeFileSync(join(server.dataDir, 'salt/salt-2025-01-01'), 'x'.repeat(64));
    chmodSync(join(server.dataDir, 'muntra.env'), 0o644);
    const { code, stdout } = await call(['doctor', '--json'], env);
    expect([code, failures(stdout)]).toEqual([1, ['config', 'salt']]);
    chmodSync(join(server.dataDir, 'muntra.env'), 0o600);
  });

  it('tells which of the two behind the server is away', async () => {
    await postgres.process.kill();
    const away = () => call(['doctor', '--json'], env).then(({ stdout }) => failures(stdout));
    expect(await away()).toEqual(expect.arrayContaining(['store', 'row']));
    await postgres.restart();
    await redis.process.kill();
    await until('Redis to be missed', async () => (await away()).includes('buffer'));
    await redis.restart();
  });

  it('says that a token is wrong', async () => {
    const { code, stdout } = await call(['doctor', '--json'], {
      ...env,
      MUNTRA_DASHBOARD_TOKEN: 'not-the-right-token',
    });
    expect([code, failures(stdout)]).toEqual([1, ['server']]);
  });

  it('looks at what a server that does not run would stand on', async () => {
    const port = await freePort();
    const down = { ...env, MUNTRA_HTTP_ADDR: `127.0.0.1:${port}` };
    const { code, stdout } = await call(['doctor'], down);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ server +Nothing listens at .*\n +muntra start/m);
    expect(stdout).toMatch(/^✓ store +PostgreSQL \d/m);
    expect(stdout).toMatch(/^✓ buffer +Redis \d/m);
    expect(stdout).toMatch(/^✓ disk +.* free$/m);

    const stranger = createServer(socket => socket.socket.destroy());
    await listen(stranger, { host: '127.0.0.1', port });
    expect((await call(['doctor'], down)).stdout).toMatch(/^✗ server +127\.0\.0\.1:\d+ is in use$/m);
    await stopListening(stranger);
  });

  it('names a setting that cannot be read, and does not go on without it', async () => {
    const { code, stdout } = await call(['doctor', '--json'], { ...env, MUNTRA_FLUSH_INTERVAL: 'soon' });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      {
        name: 'config',
        ok: false,
        detail: expect.stringContaining('MUNTRA_FLUSH_INTERVAL "soon"'),
        hint: 'MUNTRA_FLUSH_INTERVAL=60s',
      },
    ]);
  });
});
