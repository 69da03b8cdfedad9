/** Starts one postmaster and waits until it takes connections. What it prints goes to `server.log`, which stays small. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fchownSync, fstatSync, ftruncateSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import { ENVIRONMENT } from './cluster.ts';
import { explainFailure } from './failure.ts';
import { endLeftover, isReady } from './postmaster.ts';
import { type Settings, settingArguments } from './settings.ts';
import { PORT } from './socket.ts';

export interface Postmaster {
  pid: number;
  /** Resolves at its end, however it ends. */
  exited: Promise<unknown>;
}

export interface Launch {
  /** PostgreSQL's own directory. */
  home: string;
  /** The cluster in it. */
  data: string;
  program: string;
  /** Directory of its Unix socket. */
  socket: string;
  settings: Settings;
  account: Account;
}

const LOG_LIMIT = 1_000_000;
const POLL = 10;
/** A server that replays its log for longer is left to it: until it is ready its answer is "starting". */
const PATIENCE = 60_000;

/** Throws MuntraError `store_start` or `data_dir` when the server ends before it is ready. */
export async function launch({ home, data, program, socket, settings, account }: Launch): Promise<Postmaster> {
  await endLeftover(data);
  // Of a killed one. PostgreSQL would refuse to start if any process had its id by now, be it a zombie.
  rmSync(join(socket, `.s.PGSQL.${PORT}.lock`), { force: true });
  const log = openSync(join(home, 'server.log'), 'a', 0o600);
  if (fstatSync(log).size > LOG_LIMIT) ftruncateSync(log);
  if (account.uid !== undefined && account.gid !== undefined) fchownSync(log, account.uid, account.gid);
  const logged = fstatSync(log).size;
  const child = spawn(program, ['-D', data, ...settingArguments({ ...settings, unix_socket_directories: socket })], {
    ...account,
    cwd: home,
    env: ENVIRONMENT,
    // A session of its own: Ctrl-C in the terminal is for muntra alone, which then stops PostgreSQL in its turn.
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const exited = new Promise(resolve => child.once('exit', resolve));
  await once(child, 'spawn');
  const { pid = 0 } = child;

  for (let waited = 0; waited < PATIENCE && !isReady(data, pid); waited += POLL) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const printed = readFileSync(join(home, 'server.log')).subarray(logged).toString();
      throw explainFailure('PostgreSQL did not start', home, printed);
    }
    await Promise.race([exited, sleep(POLL)]);
  }
  return { pid, exited };
}
