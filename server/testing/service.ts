/** PostgreSQL and Redis as a user brings them: on a TCP port and a directory of their own, killed and started again there. */
import { chownSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { postgresAccount } from '../store/account.ts';
import { postgresPrograms } from '../store/binaries.ts';
import { createCluster, ENVIRONMENT, USER } from '../store/cluster.ts';
import { freePort, type Process, type Processes, until } from './processes.ts';
import { systemProgram } from './system.ts';

export interface Service {
  readonly url: string;
  /** The one that runs now, or ran last. */
  readonly process: Process;
  /** After its end: starts it again and waits until it answers. */
  restart(): Promise<void>;
}

/** With the settings that PostgreSQL comes with. */
export async function startPostgres(processes: Processes): Promise<Service> {
  const home = processes.dir('postgres');
  const port = await freePort();
  const account = postgresAccount(home, home);
  if (account.uid !== undefined && account.gid !== undefined) chownSync(home, account.uid, account.gid);
  const { directory: programs } = await postgresPrograms(home, account);
  const data = join(home, 'data');
  await createCluster(data, programs, account, false);

  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${home}`];
  const args = ['-D', data, ...settings.flatMap(setting => ['-c', setting])];
  const url = `postgres://${USER}@127.0.0.1:${port}/postgres`;
  // By SIGTERM it would wait for its clients.
  const options = { ...account, cwd: home, env: ENVIRONMENT, stopSignal: 'SIGINT' as const };
  return run(
    url,
    () => processes.start(join(programs, 'bin/postgres'), args, options),
    () => postgresAnswers(url),
  );
}

/** With the settings of docker-compose.yml, and `more`. */
export async function startRedis(processes: Processes, maxmemory = '128mb', more: string[] = []): Promise<Service> {
  const dir = processes.dir('redis');
  const port = await freePort();
  const kept = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
  const bounded = ['--maxmemory', maxmemory, '--maxmemory-policy', 'noeviction'];
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, ...kept, ...bounded, ...more];
  return run(
    `redis://127.0.0.1:${port}/0`,
    () => processes.start(systemProgram('redis-server'), args, { cwd: dir }),
    () => redisAnswers(port),
  );
}

async function run(url: string, start: () => Process, answers: () => Promise<boolean>): Promise<Service> {
  const launch = async (): Promise<Process> => {
    let process = start();
    await until(`the start of ${url}`, () => {
      // After a kill -9 PostgreSQL refuses to start until the last process of the old one has noticed.
      if (!process.running) process = start();
      return answers();
    });
    return process;
  };
  let process = await launch();
  return {
    url,
    get process() {
      return process;
    },
    async restart() {
      process = await launch();
    },
  };
}

async function postgresAnswers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

/** Redis says -LOADING while it reads its file. */
function redisAnswers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
  socket.setTimeout(1000, () => resolve(false));
  socket.once('data', answer => resolve(answer.toString().startsWith('+PONG')));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
