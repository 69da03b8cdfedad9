import { describe, expect, it } from 'vitest';
import { MuntraError } from '../server/errors.ts';
import { asTyped } from './as-typed.ts';
import { createContext } from './context.ts';
import { failureLines } from './failure.ts';
import { paint } from './output/line.ts';
import { call } from './testing/program.ts';
import type { World } from './world.ts';

describe('a command line', () => {
  it.each([
    ['stts', "Unknown command 'stts'", 'muntra stats'],
    ['help stts', "Unknown command 'stts'", 'muntra stats'],
    ['foo --help', "Unknown command 'foo'", 'muntra --help'],
    ['sites lst', "Unknown command 'lst'", 'muntra sites list'],
    ['sites --jsn', "Unknown option '--jsn'", 'muntra sites --help'],
    ['stats --perod 7d', "Unknown option '--perod'", '--period'],
    ['sites add', "Missing required argument 'site'", 'muntra sites add --help'],
    ['flush now', 'Too many arguments', 'muntra flush --help'],
    ['flush --server ftp://x', '"ftp://x" is not the URL of a server', '--server https://example.com/muntra'],
  ])('`muntra %s` is answered with what was meant', async (line, problem, hint) => {
    const { code, stdout, stderr } = await call(line.split(' '), {});
    expect([code, stdout]).toEqual([2, '']);
    const [error = '', remedy = ''] = stderr.split('\n');
    expect(error.startsWith(`Error: ${problem}`)).toBe(true);
    expect(remedy).toBe(`Try:   ${hint}`);
  });

  it.each([[[]], [['--help']], [['help']], [['sites', '--help']], [['help', 'sites', 'add']]])(
    'prints the help for %j',
    async argv => {
      const { code, stdout, stderr } = await call(argv, {});
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('Usage: muntra');
      expect(stdout.split('\n').every(line => line.length <= 100)).toBe(true);
    },
  );

  it('prints the help of a group without a command on stderr', async () => {
    const { code, stdout, stderr } = await call(['sites'], {});
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: muntra sites');
  });

  it('names commands as they are typed in a checkout', async () => {
    const env = { MUNTRA_COMMAND: 'npx muntra' };
    expect((await call(['stts'], env)).stderr).toContain('Try:   npx muntra stats\n');
    expect((await call(['stats', '--help'], env)).stdout).toContain('Usage: npx muntra stats');
    const [stderr, screen] = [[] as string[], { isTTY: true }];
    const world = {
      env: { ...env, FORCE_COLOR: '1' },
      stdout: screen,
      stderr: { ...screen, write: (text: string) => stderr.push(text) },
    };
    const { say } = createContext(world as unknown as World, { color: true });
    say([[{ text: 'watch ', style: 'faint' }, { text: 'muntra live' }]]);
    expect(stderr.join('')).toMatch(/ \x1b\[\S*mnpx muntra live\n$/);
  });

  it.each([
    ['muntra flush', 'npx muntra flush'],
    ['see npx muntra sites add, muntra --help', 'see npx muntra sites add, npx muntra --help'],
    ['make /var/lib/muntra a directory', 'make /var/lib/muntra a directory'],
    ['the muntra that made it', 'the muntra that made it'],
  ])('knows the command in "%s"', (text, typed) => {
    expect(asTyped(text, { env: { MUNTRA_COMMAND: 'npx muntra' } })).toBe(typed);
    expect(asTyped(typed, { env: {} })).toBe(typed);
  });

  it('names a variable that cannot be read', async () => {
    const { code, stderr } = await call(['stats'], { MUNTRA_HTTP_ADDR: 'eighty' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Error: MUNTRA_HTTP_ADDR "eighty".*\nTry: {3}MUNTRA_HTTP_ADDR=/);
  });
});

describe('every command', () => {
  it.each(['stats', 'top', 'live', 'flush', 'sites', 'origins', 'start', 'healthcheck'])(
    '%s shows examples',
    async name => {
      expect((await call([name, '--help'], {})).stdout).toContain(`Examples:\n  muntra ${name}`);
    },
  );

  it.each(['flush', 'doctor'])(
    '%s names the program by its path for cron, which looks in few directories',
    async name => {
      const { stdout } = await call([name, '--help'], {}, { executable: '/usr/local/bin/muntra' });
      expect(stdout).toContain(` * * * * /usr/local/bin/muntra ${name} >/dev/null `);
    },
  );
});

describe('a failure', () => {
  it('is two lines, coloured, and harmless whatever it quotes', () => {
    const error = new MuntraError('not_found', 'no site "\x1b[2J"', 'muntra sites\r\nlist');
    expect(paint(failureLines(error, { env: {} }), { columns: 80, color: true, unicode: true })).toBe(
      '\x1b[31mError:\x1b[39m No site "\\x1b[2J"\n\x1b[36mTry:  \x1b[39m muntra sites\\x0d\\x0alist\n',
    );
  });
});
