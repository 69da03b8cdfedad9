/** `muntra token` and `muntra explain` against a real server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplainAnswer } from '../../server/contract/explain.ts';
import type { ApiToken } from '../../server/contract/token.ts';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { openProcesses } from '../../server/testing/processes.ts';
import { call, type Ended } from '../testing/program.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0';
const processes = openProcesses();
let server: Muntra;
let env: Record<string, string>;

const muntra = (...argv: string[]): Promise<Ended> => call(argv, env);

beforeAll(async () => {
  server = await startMuntra(processes);
  env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  await muntra('sites', 'add', 'shop', '--origin', 'example.com');
  await muntra('sites', 'add', 'blog');
});
afterAll(() => processes.close());

describe('muntra token', () => {
  it('prints a new one alone on stdout, and who has it sees what it may', async () => {
    const { stdout, stderr } = await muntra('token', 'create', 'anna', '--site', 'blog');
    expect(stdout).toMatch(/^muntra_[\w-]{43}\n$/);
    expect(stderr).toContain('anna may read blog.');
    const hers = { MUNTRA_SERVER: `http://127.0.0.1:${server.port}`, MUNTRA_DASHBOARD_TOKEN: stdout.trim() };
    expect((await call(['stats', 'blog'], hers)).code).toBe(0);
    expect((await call(['sites', 'list'], hers)).stdout).not.toContain('shop');
    const denied = await call(['sites', 'add', 'other'], hers);
    expect([denied.code, denied.stderr.split('\n')[0]]).toEqual([4, 'Error: This token may only read']);
  });

  it('lists and revokes them', async () => {
    await muntra('token', 'create', 'deploy', '--admin');
    const { stdout } = await muntra('token', 'list');
    expect(stdout).toMatch(/^deploy +change everything +\d+ \w+ \d{4} +never$/m);
    const tokens: ApiToken[] = JSON.parse((await muntra('token', 'list', '--json')).stdout);
    expect(tokens.find(({ name }) => name === 'deploy')).toMatchObject({ access: 'admin', sites: null });
    expect((await muntra('token', 'revoke', 'deploy')).stderr).toBe('Revoked deploy.\n');
    expect((await muntra('token', 'revoke', 'deploy')).code).toBe(5);
  });

  it.each([
    [['token', 'create', '../x'], 2],
    [['token', 'create', 'bo', '--site', 'other'], 5],
    [['token', 'create'], 2],
  ])('%j is refused', async (argv, code) => {
    expect((await muntra(...argv)).code).toBe(code);
  });
});

describe('muntra explain', () => {
  const explain = (...more: string[]): Promise<Ended> =>
    muntra('explain', '--url', 'https://example.com/a', '--ua', FIREFOX, '--ip', '8.8.8.8', ...more);

  it('tells what is kept, with the country', async () => {
    const { stdout } = await explain('--site', 'shop');
    expect(stdout).toMatch(/^✓ place +US$|^ok +place +US$/m);
    expect(stdout).toContain('The event is kept. The browser is told 204.');
  });

  it('tells why not, and what to do', async () => {
    const { code, stdout } = await explain('--site', 'shop', '--origin', 'https://evil.org');
    expect(code).toBe(0);
    expect(stdout).toContain('origin not allowed for site');
    expect(stdout).toContain('muntra origins add');
    expect(stdout).toContain('The event is not kept. The browser is told 403.');
    const answer: ExplainAnswer = JSON.parse((await explain('--site', 'other', '--json')).stdout);
    expect(answer).toMatchObject({ kept: false, status: 403, steps: [{ name: 'site', ok: false }] });
  });

  it('wants an address', async () => {
    expect(await muntra('explain', '--site', 'shop', '--url', '/', '--ua', FIREFOX, '--ip', 'me')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'Error: What --ip gives is not an IP address\nTry:   --ip 203.0.113.1\n',
    });
  });
});
