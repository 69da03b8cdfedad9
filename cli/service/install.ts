/**
 * Makes Muntra a service, changes it, takes it away. Each step looks first and does nothing where nothing is to be done;
 * the lines it returns say what it did.
 */
import { existsSync, lchownSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../server/config.ts';
import { lockDataDir } from '../../server/data-lock.ts';
import { readEnvFile } from '../../server/env-file.ts';
import { type Machine, needPort, needSystemd, serviceState } from './systemd.ts';
import { SERVICE, type UnitFacts, unit } from './unit.ts';

/**
 * The data directory must exist; `restart`: its settings have changed. Throws MuntraErrors `usage`, `program_failed` and
 * `already_running`.
 */
export async function installService(machine: Machine, facts: UnitFacts, restart = false): Promise<string[]> {
  needSystemd(machine, true);
  const text = unit(facts);
  needPort(machine, readConfig({ file: readEnvFile(join(facts.dataDir, 'muntra.env')) }).httpAddr);
  const done = await ensureUser(machine, facts.dataDir);
  const before = await serviceState(machine);
  // A server that somebody started by hand would keep the service from starting.
  if (before.pid === null) lockDataDir(facts.dataDir).release();
  const { uid, gid } = await account(machine);
  if (giveAway(facts.dataDir, uid, gid)) done.push(`gave ${facts.dataDir} to the user ${SERVICE}`);

  const old = existsSync(machine.unitFile) ? readFileSync(machine.unitFile, 'utf8') : undefined;
  if (old !== text) {
    writeFileSync(machine.unitFile, text, { mode: 0o644 });
    done.push(`${old === undefined ? 'wrote' : 'replaced'} ${machine.unitFile}`);
    await machine.run('systemctl', 'daemon-reload');
  }
  if (!before.enabled) {
    await machine.run('systemctl', 'enable', SERVICE);
    done.push('it will start with the machine');
  }
  if (before.pid === null || old !== text || restart) {
    await machine.run('systemctl', 'restart', SERVICE);
    done.push(before.pid === null ? 'started it' : 'restarted it');
  }
  return done;
}

/** Data and user stay. */
export async function removeService(machine: Machine): Promise<string[]> {
  needSystemd(machine, true);
  if (!existsSync(machine.unitFile)) return [];
  await machine.run('systemctl', 'disable', '--now', SERVICE);
  rmSync(machine.unitFile);
  await machine.run('systemctl', 'daemon-reload');
  return ['stopped it', `removed ${machine.unitFile}`];
}

async function ensureUser(machine: Machine, home: string): Promise<string[]> {
  const known = await machine.run('id', '-u', SERVICE).catch(() => '');
  if (known !== '') return [];
  const own = ['--system', '--user-group', '--no-create-home', '--home-dir', home, '--shell', '/usr/sbin/nologin'];
  await machine.run('useradd', ...own, SERVICE);
  return [`made the system user ${SERVICE}`];
}

async function account({ run }: Machine): Promise<{ uid: number; gid: number }> {
  return { uid: Number(await run('id', '-u', SERVICE)), gid: Number(await run('id', '-g', SERVICE)) };
}

/** The tree, without following links; true when anything had another owner. */
function giveAway(path: string, uid: number, gid: number): boolean {
  const { uid: owner, gid: group } = lstatSync(path);
  const foreign = owner !== uid || group !== gid;
  if (foreign) lchownSync(path, uid, gid);
  const below = lstatSync(path).isDirectory() ? readdirSync(path) : [];
  return below.map(name => giveAway(join(path, name), uid, gid)).some(Boolean) || foreign;
}
