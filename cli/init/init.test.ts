/** init by flags and by keystrokes, on real databases; docker alone is played by a script. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { locateDataDir } from '../../server/data-dir.ts';
import { readEnvFile, writeEnvFile } from '../../server/env-file.ts';
import { listen, stopListening } from '../../server/http/listen.ts';
import { createLogger } from '../../server/log.ts';
import { openRedis } from '../../server/redis.ts';
import { openStore } from '../../server/store/postgres.ts';
import { startMuntra } from '../../server/testing/muntra.ts';
import { freePort, openProcesses, until } from '../../server/testing/processes.ts';
import { type Service, startPostgres, startRedis } from '../../server/testing/service.ts';
import { call, type Ended, inTerminal, shell, type Terminal } from '../testing/program.ts';
import { composeFile } from './compose.ts';

// A first start makes a database; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 60_000 });

const processes = openProcesses();
afterAll(() => processes.close());

const TAG = '<script defer src="https://example.com/muntra/script.js" data-site-id="mysite"></script>\n';

interface Place {
  dir: string;
  env: Record<string, string>;
  port: number;
  settings(): Record<string, string>;
  init(...argv: string[]): Promise<Ended>;
}

const dataDir = (path: string) => locateDataDir(path, { env: {}, cwd: '/', uid: undefined });

/** A data directory that is not there yet, and a free port for its server. */
async function place(more: Record<string, string> = {}): Promise<Place> {
  const dir = join(processes.dir('init'), 'data');
  const port = await freePort();
  const env = { ...more, MUNTRA_DATA_DIR: dir, MUNTRA_HTTP_ADDR: `127.0.0.1:${port}` };
  const settings = () => readEnvFile(join(dir, 'muntra.env'));
  return { dir, env, port, settings, init: (...argv) => call(['init', ...argv], env) };
}

const WISHES = ['--url', 'https://example.com/muntra', '--site', 'mysite', '--origin', 'example.com'];

describe('by flags', () => {
  it('sets everything up: the real program, then a server on what it made', async () => {
    const { dir, env, port, settings } = await place();
    const { code, stdout, stderr } = await shell(`muntra init --yes ${WISHES.join(' ')}`, env);
    expect(stderr).toContain(`- write ${dir}/muntra.env\n`);
    expect([code, stdout.split('# nginx')[0]]).toEqual([0, TAG]);
    expect(stdout).toContain(`proxy_pass http://127.0.0.1:${port};`);
    expect(statSync(join(dir, 'muntra.env')).mode & 0o777).toBe(0o600);
    expect(settings()).toEqual({
      MUNTRA_HTTP_ADDR: `127.0.0.1:${port}`,
      MUNTRA_PUBLIC_URL: 'https://example.com/muntra/',
      MUNTRA_DASHBOARD_TOKEN: expect.stringMatching(/^[\w-]{32}$/),
    });
    const server = await startMuntra(processes, { dataDir: dir, port });
    expect((await call(['sites', 'list', '--json'], env)).stdout).toContain('"example.com"');
    expect((await call(['sites', 'snippet', 'mysite'], env)).stdout).toBe(TAG);

    const again = await call(
      ['init', '--yes', '--url', 'https://b.example/', '--site', 'mysite', '--origin', '*.b.example'],
      env,
    );
    expect(again.stderr).toContain(
      `- change MUNTRA_PUBLIC_URL in ${dir}/muntra.env\n- allowed *.b.example for the site mysite\n`,
    );
    expect(again.stderr).toContain('restart the server');
    const moved = await call(['init', '--yes', '--storage', 'existing'], {
      ...env,
      MUNTRA_POSTGRES_DSN: 'postgres://x/y',
    });
    expect(moved).toMatchObject({ code: 6, stderr: expect.stringContaining('cannot be moved elsewhere under it') });
    await server.stop();
  });

  it('keeps secrets, comments and what it is not told to change', async () => {
    const { dir, settings, init } = await place();
    expect((await init('--yes', '--json')).code).toBe(0);
    const { MUNTRA_DASHBOARD_TOKEN: token } = settings();
    const file = join(dir, 'muntra.env');
    writeFileSync(file, `# by hand\n${readFileSync(file, 'utf8')}MUNTRA_LOG_LEVEL=warn\n`);
    const before = readFileSync(file, 'utf8');
    const same = await init('--yes', '--json');
    expect([same.code, readFileSync(file, 'utf8')]).toEqual([0, before]);
    expect(same.stderr).not.toContain('muntra.env');
    expect(JSON.parse(same.stdout)).toMatchObject({
      dataDir: dir,
      storage: 'embedded',
      site: null,
      tag: null,
      proxy: null,
    });
    await init('--yes', '--url', 'https://example.com/');
    expect(readFileSync(file, 'utf8')).toBe(`${before}MUNTRA_PUBLIC_URL=https://example.com/\n`);
    expect(settings().MUNTRA_DASHBOARD_TOKEN).toBe(token);
  });

  it('names the commands that follow as root of sudo has to type them', async () => {
    const { env } = await place();
    const sudo = (...argv: string[]) => call(['init', '--yes', ...argv], { ...env, SUDO_USER: 'me' }, { uid: 0 });
    expect((await sudo('--storage', 'existing')).stderr).toContain(
      'sudo --preserve-env=MUNTRA_POSTGRES_DSN,MUNTRA_REDIS_URL muntra init --yes --storage existing\n',
    );
    const { stderr } = await sudo();
    expect(stderr).toContain(
      'Next:\n  sudo muntra start\n  sudo muntra sites add mysite --origin example.com\n  sudo muntra stats\n',
    );
  });

  it.each([
    [['--yes', '--url', 'example.com'], 2, '"example.com" is not a web address'],
    [['--yes', '--listen', '8090'], 2, 'MUNTRA_HTTP_ADDR "8090" is not host:port'],
    [['--yes', '--storage', 'existing'], 2, 'Which PostgreSQL?'],
    [['--yes', '--url', 'https://example.com/a;b/'], 2, 'characters that need quotes'],
    [['--yes', '--site', 'no spaces'], 2, '"no spaces" cannot be the name of a site'],
    [['--yes', '--site', 'x', '--timezone', 'Mars/Phobos'], 2, '"Mars/Phobos" is not a time zone'],
    [['--yes', '--storage', 'floppy'], 2, 'embedded, compose, existing'],
    [[], 2, 'There is no terminal to ask'],
  ])('%j: nothing is written', async (argv, code, message) => {
    const { dir, init } = await place();
    const ended = await init(...argv);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
    expect(ended.stderr).toContain(message);
    expect(existsSync(join(dir, 'muntra.env'))).toBe(false);
  });

  it('does not take a port that is in use', async () => {
    const { dir, port, init } = await place();
    const other = createServer();
    await listen(other, { host: '127.0.0.1', port });
    const ended = await init('--yes');
    await stopListening(other);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining(`127.0.0.1:${port} is in use`) });
    expect(existsSync(join(dir, 'muntra.env'))).toBe(false);
  });
});

describe('with servers', () => {
  let postgres: Service;
  let redis: Service;
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(processes), startRedis(processes)]);
  });

  it('takes those that exist, and says what it found', async () => {
    const { settings, init } = await place({ MUNTRA_POSTGRES_DSN: postgres.url, MUNTRA_REDIS_URL: redis.url });
    const { code, stderr } = await init('--yes', '--storage', 'existing', '--site', 'mysite');
    expect(stderr).toMatch(
      /^- Redis \d+\.\d+\.\d+\n- PostgreSQL \d+\.\d+\n|^- PostgreSQL \d+\.\d+\n- Redis \d+\.\d+\.\d+\n/,
    );
    expect(code).toBe(0);
    expect(settings()).toMatchObject({ MUNTRA_POSTGRES_DSN: postgres.url, MUNTRA_REDIS_URL: redis.url });
  });

  it('warns of a Redis that may lose events', async () => {
    const link = openRedis(redis.url);
    await until('the connection', () => link.ready);
    await link.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const { init } = await place({ MUNTRA_POSTGRES_DSN: postgres.url, MUNTRA_REDIS_URL: redis.url });
    expect((await init('--yes')).stderr).toContain('Redis evicts keys when it is full (allkeys-lru)');
    await link.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    link.close();
  });

  it.each([
    [{ MUNTRA_POSTGRES_DSN: 'postgres://muntra:secret@127.0.0.1:1/muntra' }, 'PostgreSQL is not available'],
    [{ MUNTRA_REDIS_URL: 'redis://127.0.0.1:1/0' }, 'Redis does not answer'],
  ])('writes nothing where one is away: %j', async (away, message) => {
    const { dir, init } = await place({ MUNTRA_POSTGRES_DSN: postgres.url, ...away });
    const { code, stderr } = await init('--yes');
    expect(code).toBe(6);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secret');
    expect(existsSync(join(dir, 'muntra.env'))).toBe(false);
  });

  /** A docker that has compose and starts nothing; what it was asked goes to `docker.log`. */
  function fakeDocker(): { path: string; log: string } {
    const bin = processes.dir('bin');
    const log = join(bin, 'docker.log');
    writeFileSync(
      join(bin, 'docker'),
      `#!/bin/sh\necho "$@ | \${MUNTRA_DB_PASSWORD-none}\${COMPOSE_PROJECT_NAME-}" >>"${log}"\n`,
      {
        mode: 0o755,
      },
    );
    return { path: `${bin}:${process.env.PATH}`, log };
  }

  it('has docker compose start them, behind passwords that it makes once', async () => {
    const docker = fakeDocker();
    const { dir, settings, init } = await place({ PATH: docker.path, COMPOSE_PROJECT_NAME: 'other' });
    // The containers are there already, under the ports and passwords of an earlier run.
    const [db, cache] = [new URL(postgres.url), new URL(redis.url)];
    mkdirSync(dir);
    writeEnvFile(join(dir, '.env'), {
      MUNTRA_DB_PORT: db.port,
      MUNTRA_REDIS_PORT: cache.port,
      MUNTRA_DB_PASSWORD: 'once',
    });
    writeFileSync(join(dir, 'docker-compose.yml'), '# by hand\nname: muntra\n');
    await createMuntraDatabase(postgres.url);

    const { code, stderr } = await init('--yes', '--storage', 'compose');
    expect(stderr).toContain(`- replace ${dir}/docker-compose.yml, and keep what is there as docker-compose.yml.old\n`);
    expect(stderr).toContain(`- change MUNTRA_REDIS_PASSWORD in ${dir}/.env\n`);
    expect(code).toBe(0);
    expect(readFileSync(docker.log, 'utf8')).toBe(
      `compose version | noneother\ncompose --project-directory ${dir} up --detach --wait | none\n`,
    );
    const written = readFileSync(join(dir, 'docker-compose.yml'), 'utf8');
    expect(written).toBe(composeFile(dataDir(dir), 'name: muntra'));
    expect(parse(written, { merge: true }).name).toBe('muntra');
    const secrets = readEnvFile(join(dir, '.env'));
    expect(secrets.MUNTRA_REDIS_PASSWORD).toMatch(/^[\da-f]{48}$/);
    expect(statSync(join(dir, '.env')).mode & 0o777).toBe(0o600);
    expect(settings()).toMatchObject({
      MUNTRA_POSTGRES_DSN: `postgres://muntra:once@127.0.0.1:${db.port}/muntra`,
      MUNTRA_REDIS_URL: `redis://:${secrets.MUNTRA_REDIS_PASSWORD}@127.0.0.1:${cache.port}/0`,
    });
    // Again: it knows that they are its own containers, and changes nothing.
    const again = await init('--yes', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ storage: 'compose' });
    expect(again.stderr).not.toMatch(/change|replace|write/);
  });

  it('needs Docker for that', async () => {
    const bin = processes.dir('bin');
    writeFileSync(join(bin, 'docker'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const { dir, init } = await place({ PATH: `${bin}:${process.env.PATH}` });
    const { code, stderr } = await init('--yes', '--storage', 'compose');
    expect([code, stderr]).toEqual([1, expect.stringContaining('There is no Docker with compose')]);
    expect(existsSync(join(dir, 'muntra.env'))).toBe(false);
  });
});

/** The database that the containers' PostgreSQL comes with. */
async function createMuntraDatabase(url: string): Promise<void> {
  const store = openStore({ connectionString: url }, { log: createLogger('silent', process.stderr) });
  await store.query('CREATE DATABASE muntra');
  await store.close();
}

it('has the containers of the project itself, with ports and a password for Redis', () => {
  const own = parse(readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8'), {
    merge: true,
  }).services;
  const { redis, postgres } = parse(composeFile(dataDir('/data')), { merge: true }).services;
  const { ports: redisPorts, environment, command, ...redisRest } = redis;
  expect(redisPorts).toEqual([expect.stringMatching(/^127\.0\.0\.1:\$\{MUNTRA_REDIS_PORT:\?.*\}:6379$/)]);
  expect(environment).toEqual({ REDISCLI_AUTH: expect.stringMatching(/^\$\{MUNTRA_REDIS_PASSWORD:\?.*\}$/) });
  expect({ ...redisRest, command: command.replace(/ --requirepass .*/, '') }).toEqual(own.redis);
  const { ports, ...rest } = postgres;
  expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:\$\{MUNTRA_DB_PORT:\?.*\}:5432$/)]);
  expect(rest).toEqual(own.postgres);
});

it('gives the containers of each directory a name of their own', () => {
  const names = ['/var/lib/muntra', '/data'].map(path => parse(composeFile(dataDir(path)), { merge: true }).name);
  for (const name of names) expect(name).toMatch(/^muntra-[\da-f]{8}$/);
  expect(new Set(names).size).toBe(2);
});

describe('by keystrokes', () => {
  const terminals: Terminal[] = [];
  afterEach(() => {
    for (const { kill } of terminals.splice(0)) kill();
  });

  const ENTER = '\r';
  const DOWN = '\x1b[B';

  function open(
    env: Record<string, string>,
    ...flags: string[]
  ): {
    type(question: string, keys: string): Promise<void>;
    terminal: Terminal;
  } {
    const terminal = inTerminal(['init', ...flags], env);
    terminals.push(terminal);
    let seen = 0;
    const type = async (question: string, keys: string): Promise<void> => {
      await until(`"${question}"`, () => terminal.output().indexOf(question, seen) >= 0);
      seen = terminal.output().indexOf(question, seen) + question.length;
      terminal.type(keys);
    };
    return { type, terminal };
  }

  it('asks, shows what it is going to do, and does it', async () => {
    const { dir, env, settings } = await place();
    const { type, terminal } = open(env);
    await type('Where will browsers reach Muntra?', `example.com${ENTER}`);
    await type('is not a web address', `${'\x7f'.repeat(11)}https://www.example.com/muntra${ENTER}`);
    await type('Where shall the data be kept?', ENTER);
    await type('What shall the first site be called?', `${'\x7f'.repeat(11)}mysite${ENTER}`);
    await type('On which hosts are its pages?', `, *.example.com${ENTER}`);
    if (existsSync('/run/systemd/system') && process.getuid?.() === 0) await type('as a service', `${DOWN}${ENTER}`);
    await type('Which web server stands in front?', `${DOWN}${ENTER}`);
    await type('This is going to be done', '');
    await type('Go ahead?', ENTER);
    expect(await terminal.exited).toBe(0);
    const output = terminal.output();
    expect(output).toContain('added the site mysite');
    expect(output).toContain(TAG.trim().replace('example.com', 'www.example.com'));
    expect(output).toContain('# Caddyfile, in the block of www.example.com:');
    expect(settings().MUNTRA_PUBLIC_URL).toBe('https://www.example.com/muntra/');
    // The host of the address and its twin were proposed.
    const origins = '["*.example.com","example.com","www.example.com"]';
    expect(readFileSync(join(dir, 'sites.json'), 'utf8')).toContain(origins);
  });

  it('proposes no site for an address without a path: it is a host of its own, where no page lies', async () => {
    const { dir, env } = await place();
    const { type, terminal } = open(env);
    await type('Where will browsers reach Muntra?', `https://stats.example.com/${ENTER}`);
    await type('Where shall the data be kept?', ENTER);
    await type('What shall the first site be called?', `blog${ENTER}`);
    await type('On which hosts are its pages?', `blog.example.com${ENTER}`);
    if (existsSync('/run/systemd/system') && process.getuid?.() === 0) await type('as a service', `${DOWN}${ENTER}`);
    await type('Which web server stands in front?', ENTER);
    await type('Go ahead?', ENTER);
    expect(await terminal.exited).toBe(0);
    expect(readFileSync(join(dir, 'sites.json'), 'utf8')).toMatch(/"id":"blog","origins":\["blog\.example\.com"\]/);
  });

  it('asks in plain ASCII where the terminal is not to have more', async () => {
    const { env } = await place();
    const { type, terminal } = open({ ...env, LANG: 'C', FORCE_COLOR: '1' }, '--no-color');
    await type('Where will browsers reach Muntra?', ENTER);
    await type('Where shall the data be kept?', '\x03');
    expect(await terminal.exited).toBe(130);
    expect(terminal.output()).not.toMatch(/[^\0-\x7f]|\x1b\[\d*m/);
  });

  it('asks for another port where the usual one is taken', async () => {
    const { dir, env, port, settings } = await place();
    const other = createServer();
    await listen(other, { host: '127.0.0.1', port });
    const [free, { type, terminal }] = [await freePort(), open(env)];
    await type('Where will browsers reach Muntra?', ENTER);
    await type(`127.0.0.1:${port} is in use`, '');
    await type('Where shall it listen?', `${'\x7f'.repeat(String(port).length)}${free}${ENTER}`);
    await type('Where shall the data be kept?', '\x03');
    expect(await terminal.exited).toBe(130);
    expect(terminal.output()).not.toContain('Error');
    await stopListening(other);
    expect(existsSync(join(dir, 'muntra.env'))).toBe(false);
    expect(settings()).toEqual({});
  });
});
