/** What of the image and the compose file can be checked without a Docker engine; docs/docker.md names the rest. */
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import pkg from '../package.json' with { type: 'json' };
import { readConfig } from './config.ts';
import { parseEnv } from './env-file.ts';
import { startMuntra } from './testing/muntra.ts';
import { openProcesses } from './testing/processes.ts';
import { startPostgres, startRedis } from './testing/service.ts';

interface Service {
  image: string;
  user?: string;
  build?: string;
  command?: string;
  environment: Record<string, string>;
  ports?: string[];
  volumes: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck: { test: string[]; interval: string; timeout: string };
  mem_limit: string;
  read_only: boolean;
  cap_drop: string[];
  security_opt: string[];
}

const ROOT = join(import.meta.dirname, '..');
const text = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const compose: { services: Record<'muntra' | 'redis' | 'postgres', Service>; volumes: Record<string, unknown> } = parse(
  text('docker-compose.yml'),
  { merge: true },
);
const { muntra, redis, postgres } = compose.services;

/** As `docker compose` fills in `${NAME:-default}` and `${NAME:?message}`; `$$` is a `$`. */
function interpolate(value: string, env: Record<string, string>): string {
  return value.replace(/\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g, (whole, name?: string, kind?: string, rest = '') => {
    if (name === undefined) return whole.slice(1);
    if (env[name]) return env[name];
    if (kind !== '-') throw new Error(`${name} ${rest}`);
    return rest;
  });
}

const processes = openProcesses();
afterAll(() => processes.close());

/** What the last stage of the Dockerfile copies, from this checkout, and the Node that its base image brings. */
function assembleImage(): string {
  const image = processes.dir('image');
  const lastStage =
    text('Dockerfile')
      .split(/^FROM /m)
      .at(-1) ?? '';
  for (const [, from = '', to = ''] of lastStage.matchAll(/^COPY (?:--from=build )?(\S+) (\S+)$/gm)) {
    const source = from.replace('/src/', '');
    cpSync(join(ROOT, source), join(image, to === './' ? source : to), { recursive: true });
  }
  mkdirSync(join(image, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(image, 'node_modules/.bin/node'));
  return image;
}

const secrets = { MUNTRA_DB_PASSWORD: 'a1b2c3', MUNTRA_DASHBOARD_TOKEN: 'sixteen-or-more-characters' };

describe('docker-compose.yml', () => {
  test('gives muntra a configuration that it reads', () => {
    const env = Object.entries(muntra.environment).map(([name, value]) => [name, interpolate(value, secrets)]);
    expect(readConfig({ env: Object.fromEntries(env) })).toMatchObject({
      httpAddr: { host: '', port: 8090 },
      postgresDsn: 'postgres://muntra:a1b2c3@postgres:5432/muntra',
      redisUrl: 'redis://redis:6379/0',
      dashboardToken: secrets.MUNTRA_DASHBOARD_TOKEN,
    });
    expect(interpolate(postgres.environment.POSTGRES_PASSWORD ?? '', secrets)).toBe('a1b2c3');
  });

  test.each(['MUNTRA_DB_PASSWORD', 'MUNTRA_DASHBOARD_TOKEN'])('does not start without %s', name => {
    const values = Object.values({ ...muntra.environment, ...postgres.environment });
    const env = { ...secrets, [name]: '' };
    expect(() => values.map(value => interpolate(value, env))).toThrow(`${name} is missing in .env`);
  });

  test('listens on the loopback of the host unless told otherwise, and nowhere else', () => {
    expect(muntra.ports?.map(port => interpolate(port, {}))).toEqual(['127.0.0.1:8090:8090']);
    expect(interpolate(muntra.ports?.[0] ?? '', { MUNTRA_HOST_PORT: '0.0.0.0:80' })).toBe('0.0.0.0:80:8090');
    expect(redis.ports ?? postgres.ports).toBeUndefined();
  });

  test('keeps every acknowledged event in Redis: an append-only file, and no eviction', () => {
    const command = redis.command ?? '';
    expect(redis.image).toMatch(/^redis:([7-9]|\d\d)/);
    for (const option of ['--appendonly yes', '--appendfsync everysec', '--maxmemory-policy noeviction', '--save ""']) {
      expect(command).toContain(option);
    }
    expect(Number(/--maxmemory (\d+)mb/.exec(command)?.[1])).toBe(128);
    expect(redis.volumes).toEqual(['redis:/data']);
  });

  test('keeps the spool and the database over a new container', () => {
    expect(postgres.image).toMatch(/^postgres:(1[6-9]|[2-9]\d)/);
    expect(muntra.volumes).toEqual([`spool:${muntra.environment.MUNTRA_DATA_DIR}`]);
    const mounted = [muntra, redis, postgres].flatMap(service => service.volumes.map(volume => volume.split(':')[0]));
    expect(Object.keys(compose.volumes).sort()).toEqual(mounted.sort());
  });

  test('starts muntra when Redis and PostgreSQL are healthy', () => {
    expect(muntra.healthcheck.test).toEqual(['CMD', 'muntra', 'healthcheck']);
    const healthy = { condition: 'service_healthy' };
    expect(muntra.depends_on).toEqual({ redis: healthy, postgres: healthy });
  });

  test.each(Object.entries(compose.services))('shuts %s in', (name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.stringMatching(/^\d+m$/),
      healthcheck: { test: expect.anything(), interval: expect.anything(), timeout: expect.anything() },
    });
    // The image of muntra names its user itself.
    expect(service.user).toBe(name === 'muntra' ? undefined : name);
  });
});

describe('Dockerfile', () => {
  const lines = text('Dockerfile').split('\n');
  const images = lines.filter(line => line.startsWith('FROM ')).map(line => line.split(' ')[1]);

  test('runs the Node that package.json pins', () => {
    expect(new Set(images)).toEqual(new Set([`node:${pkg.dependencies.node}-bookworm-slim`]));
  });

  test('runs as an ordinary user', () => {
    expect(lines.filter(line => line.startsWith('USER '))).toEqual(['USER node']);
  });

  test('holds all that muntra needs to run', { timeout: 60_000 }, async () => {
    const image = assembleImage();
    const [redis, postgres] = await Promise.all([startRedis(processes), startPostgres(processes)]);
    const env = { MUNTRA_REDIS_URL: redis.url, MUNTRA_POSTGRES_DSN: postgres.url };
    const muntra = await startMuntra(processes, { env, launcher: join(image, 'cli/executable/muntra') });
    await muntra.api('POST', '/api/sites', { id: 'mysite' });
    const answer = await fetch(`http://127.0.0.1:${muntra.port}/collect`, {
      method: 'POST',
      headers: {
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0',
        'x-forwarded-for': '193.10.5.1',
      },
      body: JSON.stringify({ site_id: 'mysite', url: 'https://example.com/' }),
    });
    expect(answer.status).toBe(204);
    await muntra.api('POST', '/api/flush');
    expect(await muntra.rows('SELECT site_id, country FROM raw_events', [])).toEqual([
      { site_id: 'mysite', country: 'SE' },
    ]);
  });

  test('finds in its context what it copies', () => {
    const copied = lines
      .filter(line => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap(line => line.split(' ').slice(1, -1))
      .map(path => path.split('/')[0]);
    const context = [...text('.dockerignore').matchAll(/^!(.+)$/gm)].map(match => match[1]);
    expect(new Set(copied)).toEqual(new Set(context));
  });
});

test('.env.example names every secret that the compose file wants, and gives none', () => {
  const named = parseEnv(text('.env.example'), '.env.example');
  const wanted = [...text('docker-compose.yml').matchAll(/\$\{(\w+):\?/g)].map(match => match[1]);
  expect(new Set(Object.keys(named))).toEqual(new Set(wanted));
  expect(Object.values(named).join('')).toBe('');
});

test.each(['.env.example', 'docs/docker.md'])('%s names what the compose file sets itself', path => {
  const { environment } = muntra;
  const own = Object.entries(environment).flatMap(([name, value]) => (value.includes(`${name}:?`) ? [] : name));
  expect(own).toHaveLength(4);
  expect(own.filter(name => !text(path).includes(name))).toEqual([]);
});
