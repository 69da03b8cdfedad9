import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { openProcesses, type Process, type Processes, until } from '../testing/processes.ts';
import { type EmbeddedPostgres, startEmbedded } from './embedded.ts';

const ROOT = process.getuid?.() === 0;
/** Computes for a second or two, and does not notice meanwhile that its server died. */
const BUSY = 'SELECT count(*) FROM generate_series(1, 8000000)';
/** Root as in a container, who may not look at the processes of others. */
const CONTAINED = ['setpriv', '--bounding-set', '-sys_ptrace'];
const CAN_CONTAIN = ROOT && spawnSync('setpriv', ['--version']).status === 0;
const NOBODY = { uid: 65534, gid: 65534 };

let processes: Processes;
let lines: string[];
let running: EmbeddedPostgres[];
beforeEach(() => {
  processes = openProcesses();
  lines = [];
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map(postgres => postgres.stop()));
  await processes.close();
});

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const log = createLogger('info', { write: line => lines.push(line) });
  const postgres = await startEmbedded({ dataDir, log, settings: { fsync: 'off' } });
  running.push(postgres);
  return postgres;
}

/** A muntra of which only the database is there; prints the postmaster's id, ends PostgreSQL on SIGTERM. */
function startElsewhere(dataDir: string, account = {}, wrapper: string[] = []): Process {
  const script = `
    import { startEmbedded } from '${import.meta.dirname}/embedded.ts';
    import { createLogger } from '${import.meta.dirname}/../log.ts';
    const log = createLogger('info', process.stdout);
    const postgres = await startEmbedded({ dataDir: '${dataDir}', log, settings: { fsync: 'off' } });
    process.once('SIGTERM', () => postgres.stop());
    console.log('postmaster', postgres.pid());`;
  const [command = '', ...args] = [...wrapper, process.execPath, '--input-type=module', '-e', script];
  return processes.start(command, args, account);
}

async function postmasterOf(muntra: Process): Promise<number> {
  await until('a postmaster', () => /postmaster \d+/.test(muntra.output()) || !muntra.running);
  return Number(/postmaster (\d+)/.exec(muntra.output())?.[1] ?? Number.NaN);
}

async function ask(connection: ClientConfig, sql: string): Promise<Record<string, unknown> | undefined> {
  const client = new Client(connection);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

const exists = (pid: number): boolean => existsSync(`/proc/${pid}/exe`);

test('a first start makes the cluster, a second one finds its data', async () => {
  const dir = processes.dir('data');
  const first = await start(dir);
  await ask(first.connection, 'CREATE TABLE kept AS SELECT 1 AS one');
  await first.stop();
  expect(existsSync(join(dir, 'postgres/.s.PGSQL.5432'))).toBe(false);
  const second = await start(dir);
  expect(await ask(second.connection, 'SELECT * FROM kept')).toEqual({ one: 1 });
  expect(await ask(second.connection, 'SHOW listen_addresses')).toEqual({ listen_addresses: '' });
  const zone = `SELECT current_setting('TimeZone') AS zone, datcollate, pg_encoding_to_char(encoding) AS encoding
    FROM pg_database WHERE datname = current_database()`;
  expect(await ask(second.connection, zone)).toEqual({ zone: 'UTC', datcollate: 'C', encoding: 'UTF8' });
});

test('only the owner can enter its directory, and stop leaves no process', async () => {
  const dir = processes.dir('data');
  const postgres = await start(dir);
  const pid = postgres.pid() ?? 0;
  expect(statSync(join(dir, 'postgres')).mode & 0o777).toBe(0o700);
  expect(statSync(`/proc/${pid}`).uid).toBe(statSync(join(dir, 'postgres')).uid);
  expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
  await postgres.stop();
  expect(exists(pid)).toBe(false);
  expect(postgres.pid()).toBeUndefined();
});

test('a postmaster that is killed is started again, also while an old session holds on', async () => {
  const postgres = await start(processes.dir('data'));
  const pid = postgres.pid() ?? 0;
  const busy = ask(postgres.connection, BUSY).catch(() => {});
  await sleep(200);
  process.kill(pid, 'SIGKILL');
  await until('a new postmaster', () => ![pid, undefined].includes(postgres.pid()));
  expect(await ask(postgres.connection, 'SELECT 1 AS one')).toEqual({ one: 1 });
  expect(lines.map(line => JSON.parse(line).msg)).toEqual([
    'PostgreSQL died; starting it again',
    expect.stringContaining('pre-existing shared memory block'),
  ]);
  await busy;
});

test('what a killed muntra left running is ended before the next start', async () => {
  const dir = processes.dir('data');
  const muntra = startElsewhere(dir);
  const orphan = await postmasterOf(muntra);
  await muntra.kill();
  expect(exists(orphan)).toBe(true);
  const postgres = await start(dir);
  expect(exists(orphan)).toBe(false);
  expect(postgres.pid()).not.toBe(orphan);
  expect(await ask(postgres.connection, 'SELECT 1 AS one')).toEqual({ one: 1 });
});

test.runIf(CAN_CONTAIN)('so it is by a root who may not look at the processes of others', async () => {
  const dir = processes.dir('data');
  const link = join(processes.dir('link'), 'data');
  symlinkSync(dir, link);
  const muntra = startElsewhere(link);
  const orphan = await postmasterOf(muntra);
  await muntra.kill();
  const next = startElsewhere(dir, {}, CONTAINED);
  expect(await postmasterOf(next), next.output()).toBeGreaterThan(0);
  expect(exists(orphan)).toBe(false);
  expect(await next.stop()).toBe(0);
});

test('so is one that hangs', async () => {
  const dir = processes.dir('data');
  const muntra = startElsewhere(dir);
  const orphan = await postmasterOf(muntra);
  await muntra.kill();
  process.kill(orphan, 'SIGSTOP');
  await start(dir);
  expect(exists(orphan)).toBe(false);
});

test('muntra and its PostgreSQL killed together start again, also while an old session holds on', async () => {
  const dir = processes.dir('data');
  const muntra = startElsewhere(dir);
  const orphan = await postmasterOf(muntra);
  const busy = ask({ host: join(dir, 'postgres'), user: 'muntra', database: 'postgres' }, BUSY).catch(() => {});
  await sleep(200);
  await muntra.kill();
  process.kill(orphan, 'SIGKILL');
  expect(await ask((await start(dir)).connection, 'SELECT 1 AS one')).toEqual({ one: 1 });
  await busy;
});

test('a process that has the id of the last postmaster is left alone', async () => {
  const dir = processes.dir('data');
  const first = await start(dir);
  const lock = join(dir, 'postgres/data/postmaster.pid');
  const text = readFileSync(lock, 'utf8');
  await first.stop();
  const other = processes.start('sleep', ['60'], { cwd: dir, ...(ROOT ? NOBODY : {}) });
  writeFileSync(lock, text.replace(/^\d+/, String(other.pid)), { mode: 0o600 });
  if (ROOT) chownSync(lock, NOBODY.uid, NOBODY.gid);
  await start(dir);
  expect(other.running).toBe(true);
});

test('a data directory with a long path has its socket elsewhere, while it runs', async () => {
  const dir = join(processes.dir('data'), 'long-'.repeat(30), 'path-'.repeat(20));
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  const postgres = await start(dir);
  const host = postgres.connection.host ?? '';
  expect(host).toMatch(/^\/tmp\/muntra-/);
  expect(statSync(host).mode & 0o777).toBe(0o700);
  expect(await ask(postgres.connection, 'SELECT 1 AS one')).toEqual({ one: 1 });
  await postgres.stop();
  expect(existsSync(host)).toBe(false);
});

test('an ordinary user runs it as itself', async () => {
  const dir = processes.dir('data');
  if (ROOT) chownSync(dir, NOBODY.uid, NOBODY.gid);
  const muntra = startElsewhere(dir, ROOT ? NOBODY : {});
  const pid = await postmasterOf(muntra);
  expect(statSync(`/proc/${pid}`).uid).toBe(statSync(dir).uid);
  expect(await muntra.stop()).toBe(0);
  expect(exists(pid)).toBe(false);
});

test('a cluster of another version is refused, and its hint can be followed', async () => {
  const dir = processes.dir('data');
  const data = join(dir, 'postgres/data');
  await (await start(dir)).stop();
  writeFileSync(join(data, 'PG_VERSION'), '17\n');
  const refused = {
    code: 'store_start',
    message: expect.stringContaining(`${data} was made by PostgreSQL 17`),
    hint: expect.stringMatching(/back up .*, move that directory away, .*restore/),
  };
  await expect(start(dir)).rejects.toMatchObject(refused);
  renameSync(data, join(dir, 'away'));
  expect(await ask((await start(dir)).connection, 'SELECT 1 AS one')).toEqual({ one: 1 });
});

// Only root starts PostgreSQL as somebody else, and only root can play two users here.
test.runIf(ROOT)("another user's directory is refused, and one that PostgreSQL's user cannot reach", async () => {
  const dir = processes.dir('data');
  const closed = join(dir, 'closed');
  mkdirSync(join(closed, 'data'), { recursive: true });
  chmodSync(closed, 0o700);
  const refused = { code: 'data_dir', message: expect.stringContaining('cannot enter') };
  await expect(start(join(closed, 'data'))).rejects.toMatchObject(refused);
  const muntra = startElsewhere(dir, { uid: 12345, gid: 12345 });
  await muntra.exited;
  expect(muntra.output()).toContain('belongs to another user');
});
