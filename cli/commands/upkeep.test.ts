/** What cron calls: flush, rollup and prune, with a server and without. */
import { chownSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { startMuntra } from '../../server/testing/muntra.ts';
import { freePort, openProcesses } from '../../server/testing/processes.ts';
import { startPostgres, startRedis } from '../../server/testing/service.ts';
import { call, shell } from '../testing/program.ts';

const processes = openProcesses();
afterAll(() => processes.close());

const NOBODY = { uid: 65_534, gid: 65_534 };
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';

async function visit(port: number, path: string): Promise<void> {
  const body = JSON.stringify({ site_id: 'shop', url: `https://example.com/${path}` });
  const answer = await fetch(`http://127.0.0.1:${port}/collect`, {
    method: 'POST',
    body,
    headers: { 'User-Agent': FIREFOX, Origin: 'https://example.com' },
  });
  expect(answer.status).toBe(204);
}

test('flush without a server drains Redis, two at the same moment do no harm, and it tells when it cannot', {
  timeout: 120_000,
}, async () => {
  const [redis, postgres] = await Promise.all([startRedis(processes), startPostgres(processes)]);
  const services = { MUNTRA_REDIS_URL: redis.url, MUNTRA_POSTGRES_DSN: postgres.url, MUNTRA_FLUSH_INTERVAL: '0' };
  const server = await startMuntra(processes, { env: services });
  await server.api('POST', '/api/sites', { id: 'shop' });
  for (const path of ['a', 'b', 'c']) await visit(server.port, path);
  await server.kill();

  const env = { ...services, MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  const both = await Promise.all([call(['flush', '--json'], env), call(['flush', '--json'], env)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  const stored = both.map(({ stdout }) => JSON.parse(stdout).events);
  expect(stored.sort()).toEqual([0, 3]);

  const again = await startMuntra(processes, { env: services, dataDir: server.dataDir, port: server.port });
  await visit(server.port, 'd');
  await postgres.process.kill();
  const away = { code: 6, stdout: '', stderr: expect.stringMatching(/^Error: PostgreSQL is not available.*\nTry: /) };
  expect(await call(['flush'], env)).toEqual(away);
  await again.kill();
  expect(await call(['flush'], env)).toEqual(away);
  await postgres.restart();
  expect((await call(['flush'], env)).stdout).toMatch(/^Stored 1 event in \d+\.\d\d s\.\n$/);
});

test.runIf(process.getuid?.() === 0)(
  'flush by root leaves nothing that the service could not remove',
  {
    timeout: 120_000,
  },
  async () => {
    const [redis, postgres] = await Promise.all([startRedis(processes), startPostgres(processes)]);
    const dir = processes.dir('service');
    chownSync(dir, NOBODY.uid, NOBODY.gid);
    const env = { MUNTRA_REDIS_URL: redis.url, MUNTRA_POSTGRES_DSN: postgres.url, MUNTRA_DATA_DIR: dir };
    const port = await freePort();
    const ended = await shell('muntra flush', { ...env, MUNTRA_HTTP_ADDR: `127.0.0.1:${port}` });
    expect(ended).toEqual({ code: 0, stdout: expect.stringMatching(/^Stored 0 events in /), stderr: '' });
    const files = readdirSync(dir, { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(expect.arrayContaining(['lock', 'spool', 'salt', 'doubts']));
    expect(files.filter(name => statSync(join(dir, name)).uid !== NOBODY.uid)).toEqual([]);
  },
);

test('rollup and prune ask the server', { timeout: 120_000 }, async () => {
  const server = await startMuntra(processes, { env: { MUNTRA_RETENTION: '30d' } });
  const env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  await server.api('POST', '/api/sites', { id: 'shop' });
  await visit(server.port, 'today');
  expect((await call(['flush'], env)).stdout).toMatch(/^Stored 1 event in /);
  expect((await call(['rollup'], env)).stdout).toMatch(/^Rolled up 1 day in /);
  expect(JSON.parse((await call(['rollup', '--rebuild', '--json'], env)).stdout)).toMatchObject({ days: 1 });

  expect((await call(['prune', '--dry-run'], env)).stdout).toBe('No event is past its retention.\n');
  const old = JSON.stringify({ site_id: 'shop', created_at: Date.UTC(2025, 0, 1), visitor_hash: 'v', url: '/old' });
  const stdin = Readable.from([`${old}\n`]);
  expect((await call(['import', '-', '--source', 'old'], env, { stdin })).stdout).toBe('Imported 1 event.\n');
  await call(['sites', 'set', 'shop', '--retention', '0'], env);
  expect((await call(['prune', '--dry-run'], env)).stdout).toBe('No event is past its retention.\n');
  await call(['sites', 'set', 'shop', '--retention', '90d'], env);
  expect((await call(['prune', '--dry-run'], env)).stdout).toMatch(/shop +90 days +\d{4}-\d\d-\d\d +1 /);
  await call(['sites', 'set', 'shop', '--retention', 'default'], env);
  expect((await call(['prune'], env)).stderr).toContain('add --yes');
  expect((await call(['prune', '--yes'], env)).stdout).toMatch(/shop +30 days +\d{4}-\d\d-\d\d +1 /);
  expect((await call(['prune', '--dry-run'], env)).stdout).toBe('No event is past its retention.\n');
});
