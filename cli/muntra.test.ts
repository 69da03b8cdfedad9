/** The built program as a process: exit codes, pipes, signals, and what it draws in a terminal. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { startMuntra } from '../server/testing/muntra.ts';
import { openProcesses, until } from '../server/testing/processes.ts';
import { inTerminal, shell, type Terminal } from './testing/program.ts';

const processes = openProcesses();
let env: Record<string, string>;
const terminals: Terminal[] = [];

function terminal(...args: string[]): Terminal {
  const opened = inTerminal(args, env);
  terminals.push(opened);
  return opened;
}

const shows = (opened: Terminal, text: string): Promise<void> =>
  until(`"${text}" in the terminal`, () => opened.output().includes(text));

beforeAll(async () => {
  const server = await startMuntra(processes);
  env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  await shell('muntra sites add shop', env);
});

afterAll(async () => {
  for (const { kill } of terminals) kill();
  await processes.close();
});

describe('the program', () => {
  it('prints its version and its help on stdout', async () => {
    expect(await shell('muntra --version', {})).toEqual({
      code: 0,
      stdout: `muntra ${manifest.version}\n`,
      stderr: '',
    });
    const help = await shell('muntra', {});
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('Reports:');
  });

  it('shows a stack only where it was asked for', async () => {
    const line = 'dir=$(mktemp -d) && cd "$dir" && rmdir "$dir" && muntra stats --data-dir x';
    const quiet = await shell(line, {});
    expect(quiet.code).toBe(1);
    expect(quiet.stderr).toMatch(/^Error: A file or the working directory is gone\nTry: .*$/m);
    expect(quiet.stderr).not.toContain('    at ');
    expect((await shell(line, { MUNTRA_LOG_LEVEL: 'debug' })).stderr).toContain('    at ');
  });

  it('ends quietly when its reader has seen enough', async () => {
    const { stdout, stderr } = await shell('muntra live --interval 1 | head -n 1', env);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+Z all sites: 0 visitors now\n$/);
    expect(stderr).toBe('');
  });

  it.each(['export shop', 'backup -', 'live --json', 'stats shop --json', 'sites list', 'token create lost', '--help'])(
    '%s tells that its output cannot be written',
    async line => {
      const { code, stderr } = await shell(`muntra ${line} >/dev/full`, env);
      expect(code).toBe(1);
      const error = stderr.slice(stderr.indexOf('Error:'));
      expect(error).toBe('Error: The disk is full\nTry:   make room and run it again\n');
    },
  );

  it('goes on when nobody hears its talk', async () => {
    const { code, stdout } = await shell('muntra export shop --format csv 2>/dev/full', env);
    expect([code, stdout.slice(0, 10)]).toEqual([0, 'created_at']);
  });

  it('is coloured in a terminal and plain in a pipe', async () => {
    const report = terminal('stats', 'shop');
    expect(await report.exited).toBe(0);
    expect(report.output()).toContain('\x1b[1mshop');
    expect((await shell('muntra stats shop', env)).stdout).not.toContain('\x1b');
  });
});

describe('a server', () => {
  it('takes a signal that comes twice, as npm passes Ctrl-C on, for one: it stops in order', async () => {
    const server = await startMuntra(processes, { env: { MUNTRA_LOG_LEVEL: 'info' } });
    // To its last moment.
    const again = setInterval(() => server.running && server.signal('SIGINT'), 2);
    expect(await server.exited.finally(() => clearInterval(again))).toBe(0);
    expect(existsSync(join(server.dataDir, 'postgres/data/postmaster.pid'))).toBe(false);
  });

  it('goes on at a SIGHUP where it has no terminal, as under nohup', async () => {
    const server = await startMuntra(processes);
    server.signal('SIGHUP');
    await sleep(300);
    expect(server.running).toBe(true);
    expect(await server.api('GET', '/api/sites')).toEqual([]);
  });

  it('ends at once when somebody asks again', async () => {
    const server = await startMuntra(processes);
    const postmaster = server.postmaster();
    process.kill(postmaster, 'SIGSTOP');
    server.signal('SIGINT');
    await sleep(1100);
    server.signal('SIGINT');
    const asked = performance.now();
    expect(await server.exited).toBe(130);
    expect(performance.now() - asked).toBeLessThan(1000);
    process.kill(postmaster, 'SIGCONT');
    await until('the end of PostgreSQL', () => !existsSync(`/proc/${postmaster}`));
  });
});

describe('in a terminal', () => {
  it('asks before it removes a site, and takes only a yes', async () => {
    await shell('muntra sites add gone', env);
    const no = terminal('sites', 'remove', 'gone');
    await shows(no, '[y/N]');
    no.type('\r');
    expect(await no.exited).toBe(0);
    expect(no.output()).toContain('gone stays');
    const yes = terminal('sites', 'remove', 'gone');
    await shows(yes, '[y/N]');
    yes.type('y\r');
    expect(await yes.exited).toBe(0);
    expect(yes.output()).toContain('Removed gone and 0 events');
  });

  it('takes Ctrl-D for a no', async () => {
    const asked = terminal('sites', 'remove', 'shop');
    await shows(asked, '[y/N]');
    asked.type('\x04');
    expect(await asked.exited).toBe(0);
    expect(asked.output()).toMatch(/\[y\/N\].*\r\nshop stays/);
  });

  it('ends a question with Ctrl-C, and exits with 130', async () => {
    const asked = terminal('sites', 'remove', 'shop');
    await shows(asked, '[y/N]');
    asked.type('\x03');
    expect(await asked.exited).toBe(130);
    expect((await shell('muntra sites show shop', env)).code).toBe(0);
  });

  it('stops in order when the terminal is closed, and leaves nothing', async () => {
    const temporary = processes.dir('closed');
    const demo = inTerminal(['demo'], { TMPDIR: temporary });
    terminals.push(demo);
    await shows(demo, 'everything of the demo is removed');
    expect(readdirSync(temporary)).toHaveLength(1);
    demo.kill();
    await until('the end of the demo', () => readdirSync(temporary).length === 0);
  });

  it('draws live visitors in place until Ctrl-C, and leaves the screen as it was', async () => {
    const live = terminal('live', 'shop', '--interval', '1');
    await shows(live, 'Pageviews by minute');
    await until('a second picture', () => live.output().split('\x1b[H').length > 2);
    live.type('\x03');
    expect(await live.exited).toBe(130);
    expect(live.output()).toMatch(/^\x1b\[\?1049h.*\x1b\[\?1049l$/s);
    expect(live.output()).not.toContain('Error');
  });

  it('gives the screen back while Ctrl-Z has it stopped, and draws again when it goes on', async () => {
    const live = terminal('live', 'shop', '--interval', '60');
    await shows(live, 'Pageviews by minute');
    live.type('\x1a');
    await until('the screen of before', () => live.output().endsWith('\x1b[?1049l'));
    const seen = live.output().length;
    await sleep(200);
    live.goOn();
    await until('a picture', () => /\x1b\[\?1049h.*Pageviews by minute/s.test(live.output().slice(seen)));
    live.type('\x03');
    expect(await live.exited).toBe(130);
  });
});
