/** What the service needs of the machine: systemctl, the user's entry, the unit's file. Tests hand in a machine of their own. */
import { existsSync, readFileSync } from 'node:fs';
import type { Address } from '../../server/config-values.ts';
import { MuntraError } from '../../server/errors.ts';
import { runProgram } from '../run-program.ts';
import type { World } from '../world.ts';
import { SERVICE } from './unit.ts';

export interface Machine {
  root: boolean;
  /** systemd runs here: its directory exists. */
  systemd: boolean;
  unitFile: string;
  /** Where others than root may listen: at this port and above. */
  firstPort: number;
  /** What a program printed. Throws MuntraError `program_failed`. */
  run(program: string, ...args: string[]): Promise<string>;
}

const FIRST_PORT = '/proc/sys/net/ipv4/ip_unprivileged_port_start';

export function thisMachine({ uid, env }: Pick<World, 'uid' | 'env'>): Machine {
  return {
    root: uid === 0,
    systemd: existsSync('/run/systemd/system'),
    unitFile: `/etc/systemd/system/${SERVICE}.service`,
    firstPort: existsSync(FIRST_PORT) ? Number(readFileSync(FIRST_PORT, 'utf8')) : 1024,
    run: (program, ...args) => runProgram(program, args, env),
  };
}

/** Throws MuntraError `usage` where there is no systemd, and unless root asks for a `change`. */
export function needSystemd({ systemd, root }: Machine, change: boolean): void {
  if (!systemd) {
    const hint =
      'run `muntra start` under whatever starts programs here; `muntra service print` shows the systemd unit';
    throw new MuntraError('usage', 'This machine does not run systemd', hint);
  }
  if (change && !root)
    throw new MuntraError('usage', 'Only root can change services', 'run it as root, with sudo in front');
}

/** Throws MuntraError `usage` for a port that the service's user may not have: as root it would seem to be free. */
export function needPort({ firstPort }: Machine, { port }: Address): void {
  if (port === 0 || port >= firstPort) return;
  const problem = `The service is not root and cannot listen at port ${port}`;
  const hint = 'MUNTRA_HTTP_ADDR=127.0.0.1:8090, and a web server in front: muntra proxy nginx';
  throw new MuntraError('usage', problem, hint);
}

export interface ServiceState {
  /** The unit is there. */
  installed: boolean;
  /** It starts with the machine. */
  enabled: boolean;
  /** systemd's word: `active`, `inactive`, `failed`, `activating` ... */
  state: string;
  /** null while it does not run. */
  pid: number | null;
  /** Bytes, with its PostgreSQL and their page cache; null while it does not run. */
  memory: number | null;
}

const PROPERTIES = ['LoadState', 'UnitFileState', 'ActiveState', 'MainPID', 'MemoryCurrent'];

export async function serviceState({ run }: Machine): Promise<ServiceState> {
  const text = await run('systemctl', 'show', SERVICE, `--property=${PROPERTIES.join(',')}`);
  const shown = Object.fromEntries(text.split('\n').map(line => line.split(/=(.*)/s)));
  return {
    installed: shown.LoadState === 'loaded',
    enabled: shown.UnitFileState === 'enabled',
    state: shown.ActiveState ?? 'unknown',
    pid: Number(shown.MainPID) || null,
    memory: /^\d{1,15}$/.test(shown.MemoryCurrent ?? '') ? Number(shown.MemoryCurrent) : null,
  };
}
