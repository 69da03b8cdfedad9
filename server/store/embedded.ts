/**
 * A private PostgreSQL as a child process, its files in `<dataDir>/postgres`, reached through a Unix socket only. It is
 * started again when it dies, and one that a killed muntra left running is ended before the next is started.
 */
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import type { Logger } from '../log.ts';
import { type Account, postgresAccount } from './account.ts';
import { postgresPrograms } from './binaries.ts';
import { checkVersion, createCluster, USER } from './cluster.ts';
import { keepRunning } from './keeper.ts';
import { launch } from './launch.ts';
import { endLeftover } from './postmaster.ts';
import type { Settings } from './settings.ts';
import { PORT, socketDirectory } from './socket.ts';

export interface EmbeddedPostgres {
  connection: PoolConfig;
  /** Of the postmaster; undefined while it is being started again. */
  pid(): number | undefined;
  /** Ends PostgreSQL, in 4 s unless it hangs. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  log: Logger;
  /** Over the usual ones: tests do without fsync. */
  settings?: Settings;
}

interface Placed {
  home: string;
  data: string;
  account: Account;
  /** Their directory. */
  programs: string;
  version: string;
}

/** Its programs where it can run them. Ends a PostgreSQL that a killed muntra left running. Throws as `startEmbedded`. */
export async function placePrograms(dataDir: string): Promise<Placed> {
  const home = join(dataDir, 'postgres');
  const data = join(home, 'data');
  const account = postgresAccount(dataDir, home);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(home, account.uid, account.gid);
  // Before its programs may be replaced.
  await endLeftover(data);
  const { directory: programs, version } = await postgresPrograms(home, account);
  return { home, data, account, programs, version };
}

/** Ends the PostgreSQL that a killed muntra left running, for a data directory that nobody starts again. */
export async function endEmbedded(dataDir: string): Promise<void> {
  const home = join(dataDir, 'postgres');
  await endLeftover(join(home, 'data'));
  socketDirectory(home, postgresAccount(dataDir, home)).remove();
}

/** Resolves when PostgreSQL takes connections. Throws MuntraErrors `store_start` and `data_dir`. */
export async function startEmbedded({ dataDir, log, settings = {} }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { home, data, account, programs, version } = await placePrograms(dataDir);
  await createCluster(data, programs, account, settings.fsync !== 'off');
  checkVersion(data, version);

  const socket = socketDirectory(home, account);
  const program = join(programs, 'bin/postgres');
  const place = { home, data, program, socket: socket.path, settings, account };
  const keeper = await keepRunning(() => launch(place), log);
  return {
    connection: { host: socket.path, port: PORT, user: USER, database: 'postgres', ssl: false },
    pid: keeper.pid,
    async stop() {
      await keeper.stop();
      socket.remove();
    },
  };
}
