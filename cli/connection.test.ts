import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connection, findServer } from './connection.ts';
import type { Flags } from './context.ts';
import { call } from './testing/program.ts';
import type { World } from './world.ts';

const SETTINGS = `MUNTRA_HTTP_ADDR=:9000
MUNTRA_DASHBOARD_TOKEN=token-of-the-file
MUNTRA_PUBLIC_URL=https://example.com/muntra
`;
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-connection-'));
  writeFileSync(join(dir, 'muntra.env'), SETTINGS, { mode: 0o600 });
});

afterAll(() => rmSync(dir, { recursive: true }));

/** Only what finding the server asks of the world. */
function find(env: World['env'], flags: Partial<Flags> = {}): Connection {
  const world = { env, cwd: '/', uid: process.getuid?.() } as World;
  return findServer({ world, flags: { color: false, ...flags } });
}

describe('finding the server', () => {
  it('reads the file of the data directory', () => {
    expect(find({ MUNTRA_DATA_DIR: dir })).toEqual({
      url: 'http://127.0.0.1:9000',
      token: 'token-of-the-file',
      tokenPlace: join(dir, 'muntra.env'),
      publicUrl: 'https://example.com/muntra/',
      local: true,
    });
  });

  it('takes the public address of this machine for that of no other', () => {
    expect(find({ MUNTRA_DATA_DIR: dir }, { server: 'https://b.example/' }).publicUrl).toBe('');
  });

  it.each(['http://127.0.0.1:9000', 'http://localhost:9000/', 'http://[::1]:9000', 'https://example.com/muntra'])(
    'gives the token of the file to the server that it describes: %s',
    server => expect(find({ MUNTRA_DATA_DIR: dir }, { server }).token).toBe('token-of-the-file'),
  );

  it.each([
    'http://127.0.0.1:9001',
    'https://127.0.0.1:9000',
    'http://localhost.example:9000',
    'http://example.com/muntra',
    'https://example.com/other',
    'https://example.co/muntra',
  ])('gives it to no other: %s', server => {
    expect(find({ MUNTRA_DATA_DIR: dir }, { server }).token).toBe('');
    expect(find({ MUNTRA_DATA_DIR: dir, MUNTRA_SERVER: server }).token).toBe('');
    const token = 'token-of-the-environment';
    expect(find({ MUNTRA_DATA_DIR: dir, MUNTRA_DASHBOARD_TOKEN: token }, { server }).token).toBe(token);
    expect(find({ MUNTRA_DATA_DIR: dir, MUNTRA_DASHBOARD_TOKEN: ' ' }, { server }).token).toBe('');
  });

  it('believes flags before the environment, and that before the file', () => {
    const env = {
      MUNTRA_DATA_DIR: dir,
      MUNTRA_SERVER: 'https://a.example/',
      MUNTRA_DASHBOARD_TOKEN: 'token-of-the-environment',
    };
    expect(find(env)).toMatchObject({
      url: 'https://a.example',
      token: 'token-of-the-environment',
      tokenPlace: 'the environment',
    });
    expect(find(env, { server: 'https://b.example/muntra/' }).url).toBe('https://b.example/muntra');
    expect(find({ MUNTRA_DATA_DIR: dir, MUNTRA_HTTP_ADDR: '127.0.0.1:80' }).url).toBe('http://127.0.0.1:80');
  });

  it.each([
    [':8090', 'http://127.0.0.1:8090'],
    ['0.0.0.0:8090', 'http://127.0.0.1:8090'],
    ['[::]:8090', 'http://[::1]:8090'],
    ['[fd00::1]:8090', 'http://[fd00::1]:8090'],
    ['10.0.0.5:80', 'http://10.0.0.5:80'],
  ])('asks a server that listens on %s at %s', (address, url) => {
    expect(find({ MUNTRA_DATA_DIR: '/nonexistent', MUNTRA_HTTP_ADDR: address }).url).toBe(url);
  });

  it.each(['example.com', 'ftp://example.com', 'https://example.com/?a=1'])('takes "%s" for no URL', async server => {
    const { code, stderr } = await call(['sites', 'list', '--server', server], { MUNTRA_HTTP_ADDR: '127.0.0.1:1' });
    expect(code).toBe(server === '' ? 3 : 2);
    expect(stderr).toContain('Error: ');
  });

  it('tells a user who may not read the file, unless the token came along', () =>
    asStranger(async file => {
      expect(() => find({ MUNTRA_DATA_DIR: dir })).toThrow(`This user may not read ${file}`);
      const env = { MUNTRA_DATA_DIR: dir, MUNTRA_DASHBOARD_TOKEN: 'token-of-the-environment' };
      expect(find(env).token).toBe('token-of-the-environment');
    }));

  it('takes such a file for an illness where the exit code is 0 or 1', () =>
    asStranger(async file => {
      const env = { MUNTRA_DATA_DIR: dir };
      const told = `Error: This user may not read ${file}\nTry:   run it as the server's user`;
      expect(await call(['healthcheck'], env)).toMatchObject({ code: 1, stderr: expect.stringContaining(told) });
      for (const token of ['', 'token-of-the-environment']) {
        const given = { ...env, MUNTRA_DASHBOARD_TOKEN: token, MUNTRA_HTTP_ADDR: '127.0.0.1:1' };
        const { code, stdout } = await call(['doctor'], given);
        expect([code, stdout]).toEqual([1, expect.stringMatching(`^✗ config +This user may not read ${file}`)]);
      }
    }));
});

/** Runs `work` as a user who may not read the settings. */
async function asStranger(work: (file: string) => Promise<void>): Promise<void> {
  const file = join(dir, 'muntra.env');
  const root = process.geteuid?.() === 0;
  chmodSync(dir, 0o755);
  chmodSync(file, root ? 0o600 : 0o000);
  if (root) process.seteuid?.('nobody');
  try {
    await work(file);
  } finally {
    if (root) process.seteuid?.(0);
    chmodSync(file, 0o600);
  }
}
