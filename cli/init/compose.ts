/**
 * Redis and PostgreSQL in containers, for a Muntra that runs on the host: the two services of the project's own
 * docker-compose.yml (a test compares them), reached through ports of the loopback and therefore behind passwords.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { DataDir } from '../../server/data-dir.ts';
import type { EnvValues } from '../../server/env-file.ts';
import { MuntraError } from '../../server/errors.ts';
import { listen, stopListening } from '../../server/http/listen.ts';
import { runProgram } from '../run-program.ts';
import type { World } from '../world.ts';

/** `before`: what the file holds now, if it is there. */
export function composeFile({ path }: DataDir, before = ''): string {
  return `# Redis and PostgreSQL of the Muntra on this host. Secrets and ports: .env beside this file.
name: ${projectName(path, before)}

x-container: &container
  restart: unless-stopped
  read_only: true
  cap_drop: [ALL]
  security_opt: ['no-new-privileges:true']
  logging:
    options: { max-size: 10m, max-file: '3' }

services:
  redis:
    <<: *container
    image: redis:7-bookworm
    user: redis
    # noeviction: an evicted key would be lost events. No snapshots: they would keep the salts of past days.
    command: >-
      redis-server --appendonly yes --appendfsync everysec --save ""
      --maxmemory 128mb --maxmemory-policy noeviction
      --requirepass \${MUNTRA_REDIS_PASSWORD:?is missing in .env}
    environment:
      REDISCLI_AUTH: \${MUNTRA_REDIS_PASSWORD:?is missing in .env}
    ports:
      - 127.0.0.1:\${MUNTRA_REDIS_PORT:?is missing in .env}:6379
    volumes:
      - redis:/data
    healthcheck:
      test: [CMD-SHELL, '[ "$$(redis-cli ping)" = PONG ]']
      interval: 10s
      timeout: 5s
      start_period: 30s
    # Twice maxmemory: the rewrite of the AOF forks.
    mem_limit: 288m

  postgres:
    <<: *container
    image: postgres:17-bookworm
    user: postgres
    environment:
      POSTGRES_USER: muntra
      POSTGRES_DB: muntra
      POSTGRES_PASSWORD: \${MUNTRA_DB_PASSWORD:?is missing in .env}
      POSTGRES_INITDB_ARGS: --no-locale --encoding=UTF8
    ports:
      - 127.0.0.1:\${MUNTRA_DB_PORT:?is missing in .env}:5432
    volumes:
      - postgres:/var/lib/postgresql/data
    tmpfs: [/tmp, /var/run/postgresql]
    healthcheck:
      test: [CMD, pg_isready, --username=muntra, --dbname=muntra]
      interval: 10s
      timeout: 5s
      start_period: 60s
    stop_grace_period: 30s
    mem_limit: 512m

volumes:
  redis:
  postgres:
`;
}

/**
 * Containers and volumes belong to a name: under that of the project's own file, or of another directory, each would take
 * the other's over. One that is there stays, for its volumes hold the data.
 */
function projectName(path: string, before: string): string {
  const [, known] = /^name: *([a-z\d][a-z\d_-]*) *$/m.exec(before) ?? [];
  return known ?? `muntra-${createHash('sha256').update(path).digest('hex').slice(0, 8)}`;
}

export const composePlace = ({ path }: DataDir): { file: string; env: string } => ({
  file: join(path, 'docker-compose.yml'),
  env: join(path, '.env'),
});

/** Unusual ports, so that the containers are in nobody's way. */
const PORTS = { MUNTRA_DB_PORT: 55432, MUNTRA_REDIS_PORT: 56379 };

/** What `.env` still lacks. */
export async function missingSecrets(before: EnvValues): Promise<EnvValues> {
  const secret = (): string => randomBytes(24).toString('hex');
  const passwords = Object.fromEntries(['MUNTRA_DB_PASSWORD', 'MUNTRA_REDIS_PASSWORD'].map(name => [name, secret()]));
  const ports = await Promise.all(
    Object.entries(PORTS).map(async ([name, port]) => [name, String(await usablePort(port))] as const),
  );
  const wanted = Object.entries({ ...passwords, ...Object.fromEntries(ports) });
  return Object.fromEntries(wanted.filter(([name]) => !before[name]));
}

/** Where Muntra finds the containers. */
export function composeServers(env: EnvValues): { postgresDsn: string; redisUrl: string } {
  return {
    postgresDsn: `postgres://muntra:${env.MUNTRA_DB_PASSWORD}@127.0.0.1:${env.MUNTRA_DB_PORT}/muntra`,
    redisUrl: `redis://:${env.MUNTRA_REDIS_PASSWORD}@127.0.0.1:${env.MUNTRA_REDIS_PORT}/0`,
  };
}

/** Throws MuntraError `program_failed` unless there is a Docker that knows compose. */
export async function needDocker(env: World['env']): Promise<void> {
  await runProgram('docker', ['compose', 'version'], env).catch(cause => {
    const hint = 'https://docs.docker.com/engine/install, or muntra init --storage embedded';
    throw new MuntraError('program_failed', 'There is no Docker with compose on this machine', hint, { cause });
  });
}

/** Starts the containers, or brings them up to date, and waits until they are healthy. */
export async function startContainers({ path }: DataDir, env: World['env']): Promise<void> {
  // In the environment a variable of ours would win over .env, and one of compose's over the file.
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !/^(MUNTRA|COMPOSE)_/.test(name)));
  await runProgram('docker', ['compose', '--project-directory', path, 'up', '--detach', '--wait'], own);
}

async function usablePort(wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    const server = createServer();
    try {
      return Number(new URL(await listen(server, { host: '127.0.0.1', port })).port);
    } catch (error) {
      if (!(error instanceof MuntraError)) throw error;
    } finally {
      await stopListening(server);
    }
  }
  throw new MuntraError('address_in_use', 'There is no free port', 'look at what runs here: ss -ltn');
}
