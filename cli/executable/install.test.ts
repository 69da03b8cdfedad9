/** install.sh in homes of its own, with an executable that only tells its version, and with the real one where it is built. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { listen, stopListening } from '../../server/http/listen.ts';
import { openProcesses } from '../../server/testing/processes.ts';
import { findProgram } from '../../server/testing/system.ts';
import { ROOT } from './bundle.ts';

const SCRIPT = join(ROOT, 'install.sh');
const PLATFORM = `${process.platform === 'darwin' ? 'macos' : process.platform}-${process.arch}`;

const processes = openProcesses();
afterAll(() => processes.close());

interface Home {
  path: string;
  bin: string;
  /** A file in it, with its SHA-256 beside it. */
  executable(version: string, lines?: string): string;
  install(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** Of an ordinary user, so that root's tests do not install for the whole machine. */
function home(env: Record<string, string> = {}): Home {
  const path = processes.dir('home');
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
  // That user may not be let into the checkout.
  const script = join(processes.dir('script'), 'install.sh');
  copyFileSync(SCRIPT, script);
  return {
    path,
    bin: join(path, '.local/bin'),
    executable(version, lines = `echo muntra ${version}`) {
      const file = join(path, `muntra-${version}`);
      const content = `#!/bin/sh\n${lines}\n`;
      writeFileSync(file, content);
      writeFileSync(`${file}.sha256`, `${sha256(content)}  ${basename(file)}\n`);
      return file;
    },
    async install(...args) {
      const options = { ...user, cwd: path, env: { PATH: '/usr/bin:/bin', HOME: path, ...env } };
      const child = spawn('sh', [script, ...args], options);
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', chunk => (stdout += chunk));
      child.stderr.on('data', chunk => (stderr += chunk));
      const code = await new Promise<number | null>(resolve => child.once('close', resolve));
      return { code, stdout, stderr };
    },
  };
}

const run = (file: string): string =>
  spawnSync(file, ['--version'], { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' }).stdout;

it('is plain sh without a fault that shellcheck knows', () => {
  const shellcheck = findProgram('shellcheck');
  // Not on this machine: then only the syntax.
  const args = shellcheck ? [shellcheck, '--shell=sh', SCRIPT] : ['sh', '-n', SCRIPT];
  const { status, stdout } = spawnSync(args[0] ?? '', args.slice(1), { encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, '']);
});

describe('from a file', () => {
  it('installs, upgrades and uninstalls, says so each time, and leaves nothing else behind', async () => {
    const { path, bin, executable, install } = home();
    const first = await install('--from', executable('1.0.0'));
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toBe(
      `Muntra for ${PLATFORM}\n  from  ${path}/muntra-1.0.0\n  to    ${bin}/muntra\nInstalled muntra 1.0.0\n` +
        `${bin} is not in your PATH: add it, or type ${bin}/muntra\nNext: muntra init\n`,
    );
    expect(statSync(join(bin, 'muntra')).mode & 0o777).toBe(0o755);
    expect(run(join(bin, 'muntra'))).toBe('muntra 1.0.0\n');

    const second = await install('--from', executable('1.1.0'));
    expect(second.stdout).toContain(`to    ${bin}/muntra, in the place of muntra 1.0.0\nInstalled muntra 1.1.0\n`);
    expect(readdirSync(bin)).toEqual(['muntra']);

    const gone = await install('--uninstall');
    expect(gone).toMatchObject({ code: 0, stdout: `Removing ${bin}/muntra; settings and data stay where they are\n` });
    expect(readdirSync(bin)).toEqual([]);
    expect((await install('--uninstall')).stderr).toBe(
      `Error: there is no ${bin}/muntra\nTry:   name its directory with --to\n`,
    );
  });

  it('names the next command as who came by sudo has to type it', async () => {
    const { executable, install } = home({ SUDO_USER: 'me' });
    expect((await install('--from', executable('1.0.0'))).stdout).toMatch(/\nNext: sudo muntra init\n$/);
  });

  it('does not touch what is there when the sum is wrong, missing, or the new one does not run', async () => {
    const { bin, executable, install } = home();
    await install('--from', executable('1.0.0'));
    const wrong = await install('--from', executable('1.1.0'), '--sha256', '0'.repeat(64));
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining(`should be ${'0'.repeat(64)}`) });
    const bare = executable('1.2.0');
    writeFileSync(`${bare}.sha256`, '');
    expect((await install('--from', bare)).code).toBe(1);
    const broken = await install('--from', executable('1.3.0', 'echo no library >&2; exit 127'));
    expect(broken.stderr).toBe(
      'Error: it does not run on this machine: no library\nTry:   docs/docker.md has another way\n',
    );
    expect(readdirSync(bin)).toEqual(['muntra']);
    expect(run(join(bin, 'muntra'))).toBe('muntra 1.0.0\n');
  });

  it('takes another directory, and a sum by hand, in capitals too', async () => {
    const { path, executable, install } = home();
    const file = executable('1.0.0');
    const to = join(path, 'elsewhere');
    const ended = await install('--from', file, '--sha256', sha256(readFileSync(file)).toUpperCase(), '--to', to);
    expect(ended.code).toBe(0);
    expect(run(join(to, 'muntra'))).toBe('muntra 1.0.0\n');
    expect(existsSync(join(path, '.local'))).toBe(false);
  });

  it.each([
    [['--from', '/nonexistent'], 'there is no file /nonexistent'],
    [['--from'], '--from needs a value'],
    [['--prefix', '/usr'], 'there is no option --prefix'],
  ])('%j ends with what to do', async (args, problem) => {
    const { path, install } = home();
    expect(await install(...args)).toMatchObject({
      code: 1,
      stderr: `Error: ${problem}\nTry:   sh install.sh --help\n`,
    });
    expect(readdirSync(path)).toEqual([]);
  });
});

describe('from a release', () => {
  /** Serves `files`, by path, as the releases do. */
  async function releases<T>(files: Record<string, Buffer | string>, work: (url: string) => Promise<T>): Promise<T> {
    const server = createServer(({ url = '' }, response) => {
      const found = files[url];
      response.writeHead(found === undefined ? 404 : 200).end(found);
    });
    const url = await listen(server, { host: '127.0.0.1', port: 0 });
    return work(url).finally(() => stopListening(server));
  }

  it('takes the latest, or the one that is named, unpacked and verified', async () => {
    const packed = gzipSync('#!/bin/sh\necho muntra 2.0.0\n');
    const name = `muntra-${PLATFORM}.gz`;
    const files = {
      [`/latest/download/${name}`]: packed,
      [`/latest/download/${name}.sha256`]: `${sha256(packed)}  ${name}\n`,
      [`/download/v1.9.0/${name}`]: packed,
      [`/download/v1.9.0/${name}.sha256`]: `${sha256('another')}  ${name}\n`,
    };
    await releases(files, async url => {
      const { bin, install } = home({ MUNTRA_RELEASES: url });
      expect((await install()).stdout).toContain(`  from  ${url}/latest/download/${name}\n`);
      expect(run(join(bin, 'muntra'))).toBe('muntra 2.0.0\n');
      expect((await install('--version', '1.9.0')).stderr).toContain('do not run this file');
      expect((await install('--version', 'v3.0.0')).stderr).toContain(`download/v3.0.0/${name} cannot be downloaded`);
    });
  });
});

describe('on other machines', () => {
  /** Programs that answer as they would there. */
  function machine(programs: Record<string, string>): Home {
    const place = home();
    const fake = join(place.path, 'fake');
    mkdirSync(fake);
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(fake, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const install = home({ PATH: `${fake}:/usr/bin:/bin`, HOME: place.path }).install;
    return { ...place, install };
  }

  it.each([
    [{ uname: 'echo SunOS' }, 'there is no executable for SunOS'],
    [{ uname: 'case $1 in -s) echo Linux ;; *) echo riscv64 ;; esac' }, 'there is no executable for riscv64'],
    [{ uname: 'echo Linux', getconf: 'exit 1' }, 'this system has no glibc'],
    [{ uname: 'echo Linux', getconf: 'echo glibc 2.17' }, 'glibc 2.17 is too old: 2.28 is needed'],
  ])('%j: says that there is no executable', async (programs, problem) => {
    const { executable, install } = machine(programs);
    const { code, stderr } = await install('--from', executable('1.0.0'));
    expect([code, stderr]).toEqual([1, expect.stringContaining(problem)]);
  });
});
