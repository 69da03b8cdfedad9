/** The unit as systemd reads it, and the steps of installing it on a machine of the test's own. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDir } from '../../server/data-lock.ts';
import { MuntraError } from '../../server/errors.ts';
import { call } from '../testing/program.ts';
import { installService, removeService } from './install.ts';
import { type Machine, needSystemd, serviceState } from './systemd.ts';
import { unit } from './unit.ts';

const FACTS = { executable: '/usr/local/bin/muntra', dataDir: '/var/lib/muntra' };

let dir: string;
let machine: Machine;
/** Command lines, questions left out. */
let ran: string[];
let user: boolean;
let enabled: boolean;
let pid: number;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-service-'));
  ran = [];
  [user, enabled, pid] = [false, false, 0];
  machine = { root: true, systemd: true, unitFile: join(dir, 'muntra.service'), firstPort: 1024, run };
});

afterEach(() => rmSync(dir, { recursive: true }));

/** systemctl, id and useradd, as far as the service uses them. */
async function run(program: string, ...args: string[]): Promise<string> {
  if (program === 'id') {
    if (!user) throw new MuntraError('program_failed', 'id: no such user', '');
    return String(args[0] === '-u' ? process.getuid?.() : process.getgid?.());
  }
  if (args[0] === 'show') {
    const unitFile = enabled ? 'enabled' : 'disabled';
    const loaded = existsSync(machine.unitFile) ? 'loaded' : 'not-found';
    return `LoadState=${loaded}\nUnitFileState=${unitFile}\nActiveState=${pid ? 'active' : 'inactive'}\nMainPID=${pid}\nMemoryCurrent=1024\n`;
  }
  ran.push([program, ...args].join(' '));
  if (program === 'useradd') user = true;
  if (args[0] === 'enable') enabled = true;
  if (args[0] === 'restart') pid = 4711;
  if (args[0] === 'disable') [enabled, pid] = [false, 0];
  return '';
}

function hintOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    if (error instanceof MuntraError) return error.hint;
  }
  throw new Error('it did not fail');
}

const install = (executable = FACTS.executable) => installService(machine, { executable, dataDir: dir });

describe('the unit', () => {
  it('runs the server as a user of its own, with its settings, shut in', () => {
    const lines = unit(FACTS).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'ExecStart=/usr/local/bin/muntra start',
        'Environment=MUNTRA_DATA_DIR=/var/lib/muntra',
        'EnvironmentFile=-/var/lib/muntra/muntra.env',
        'User=muntra',
        'NoNewPrivileges=yes',
        'ProtectSystem=strict',
        'ProtectHome=yes',
        'ReadWritePaths=/var/lib/muntra',
        'PrivateTmp=yes',
        'CapabilityBoundingSet=',
        'MemoryMax=768M',
      ]),
    );
  });

  it('is what systemd takes without a warning, and calls well protected', () => {
    const file = join(dir, 'muntra.service');
    writeFileSync(file, unit({ ...FACTS, executable: '/bin/sh' }));
    const analyze = (...args: string[]) => spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' });
    const verified = analyze('verify');
    // Not on this machine.
    if (verified.error) return;
    expect(verified).toMatchObject({ status: 0, stderr: '' });
    // In tenths; systemd calls up to 2.0 "OK", and a unit that says nothing has 9.6.
    expect(analyze('security', '--offline=true', '--threshold=20')).toMatchObject({ status: 0 });
  });

  it.each([
    [{ ...FACTS, executable: '/root/muntra' }, 'The executable lies in /root/muntra'],
    [{ ...FACTS, dataDir: '/home/me/data' }, 'The data directory lies in /home/me/data'],
    [{ ...FACTS, dataDir: '/srv/my data' }, 'characters that a systemd unit does not take'],
  ])('refuses %j', (facts, message) => {
    expect(() => unit(facts)).toThrow(message);
  });

  it('is printed for whoever installs it himself', async () => {
    const printed = await call(['service', 'print', '--data-dir', '/srv/muntra'], {}, { executable: '/opt/muntra' });
    expect(printed).toEqual({
      code: 0,
      stdout: unit({ executable: '/opt/muntra', dataDir: '/srv/muntra' }),
      stderr: '',
    });
  });
});

describe('installing', () => {
  it('makes the user, gives the data away, writes the unit and starts it, once', async () => {
    writeFileSync(join(dir, 'muntra.env'), 'A=1\n');
    const done = await install();
    expect(done).toEqual([
      'made the system user muntra',
      `wrote ${machine.unitFile}`,
      'it will start with the machine',
      'started it',
    ]);
    expect(ran).toEqual([
      `useradd --system --user-group --no-create-home --home-dir ${dir} --shell /usr/sbin/nologin muntra`,
      'systemctl daemon-reload',
      'systemctl enable muntra',
      'systemctl restart muntra',
    ]);
    expect(readFileSync(machine.unitFile, 'utf8')).toBe(unit({ ...FACTS, dataDir: dir }));
    ran = [];
    expect(await install()).toEqual([]);
    expect(ran).toEqual([]);
  });

  it('restarts it when the unit has changed, and says that it replaced the file', async () => {
    await install();
    expect(await install('/opt/muntra')).toEqual([`replaced ${machine.unitFile}`, 'restarted it']);
  });

  it('does not start it beside a server that runs by hand', async () => {
    const lock = lockDataDir(dir);
    await expect(install()).rejects.toMatchObject({ code: 'already_running' });
    expect(existsSync(machine.unitFile)).toBe(false);
    lock.release();
  });

  it.each([':80', '127.0.0.1:1023'])('refuses %s, where only root may listen', async address => {
    writeFileSync(join(dir, 'muntra.env'), `MUNTRA_HTTP_ADDR=${address}\n`);
    await expect(install()).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(`port ${address.split(':')[1]}`),
    });
    expect(ran).toEqual([]);
    machine = { ...machine, firstPort: 80 };
    expect(await install()).toContain('started it');
  });

  it('is undone, data and user apart', async () => {
    await install();
    writeFileSync(join(dir, 'muntra.env'), 'A=1\n');
    expect(await removeService(machine)).toEqual(['stopped it', `removed ${machine.unitFile}`]);
    expect(await serviceState(machine)).toMatchObject({ installed: false, enabled: false, pid: null });
    expect(existsSync(join(dir, 'muntra.env'))).toBe(true);
    expect(await removeService(machine)).toEqual([]);
  });

  it('needs systemd, and root', () => {
    expect(() => needSystemd({ ...machine, systemd: false }, false)).toThrow('does not run systemd');
    expect(() => needSystemd({ ...machine, root: false }, true)).toThrow('Only root');
    // Whatever was to be changed: install, remove, or all by init.
    expect(hintOf(() => needSystemd({ ...machine, root: false }, true))).toBe('run it as root, with sudo in front');
    expect(() => needSystemd({ ...machine, root: false }, false)).not.toThrow();
  });
});

it('tells the state', async () => {
  await install();
  expect(await serviceState(machine)).toEqual({
    installed: true,
    enabled: true,
    state: 'active',
    pid: 4711,
    memory: 1024,
  });
});
