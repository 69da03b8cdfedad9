import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvFile } from '../server/env-file.ts';
import type { Context } from './context.ts';
import { rotateToken } from './rotate-token.ts';
import type { Machine } from './service/systemd.ts';
import { call } from './testing/program.ts';

let dataDir: string;
let env: Record<string, string>;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'muntra-rotate-'));
  env = { MUNTRA_DATA_DIR: dataDir };
  writeFileSync(file(), SETTINGS, { mode: 0o600 });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const SETTINGS = '# mine\nMUNTRA_DASHBOARD_TOKEN=the-token-of-before\nMUNTRA_LOG_LEVEL=warn\n';
const file = (): string => join(dataDir, 'muntra.env');

describe('muntra token rotate', () => {
  it('replaces the token in the file and nothing else', async () => {
    writeFileSync(file(), '# mine\nMUNTRA_DASHBOARD_TOKEN=the-token-of-before\nMUNTRA_LOG_LEVEL=warn\n', {
      mode: 0o600,
    });
    const { code, stdout, stderr } = await call(['token', 'rotate', '--json'], env);
    expect([code, JSON.parse(stdout)]).toEqual([0, { settings: file(), restarted: false }]);
    const { MUNTRA_DASHBOARD_TOKEN: token = '' } = readEnvFile(file());
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(readFileSync(file(), 'utf8')).toBe(`# mine\nMUNTRA_DASHBOARD_TOKEN=${token}\nMUNTRA_LOG_LEVEL=warn\n`);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(stdout + stderr).not.toContain(token);
  });

  it('restarts the service that runs on this directory', async () => {
    const ran: string[] = [];
    const machine: Machine = {
      ...{ root: true, systemd: true, unitFile: '', firstPort: 1024 },
      run: async (program, ...args) => {
        ran.push([program, ...args].join(' '));
        if (args.includes('--property=Environment')) return `MUNTRA_DATA_DIR=${dataDir}\n`;
        return 'LoadState=loaded\nActiveState=active\nMainPID=7\n';
      },
    };
    const world = { env, cwd: '/', uid: 0 };
    const context = { world, flags: { color: false } } as unknown as Context;
    expect(await rotateToken(context, machine)).toEqual({ settings: file(), restarted: true });
    expect(ran.at(-1)).toBe('systemctl restart muntra');
  });

  it('does not where the file does not decide', async () => {
    const set = await call(['token', 'rotate'], { ...env, MUNTRA_DASHBOARD_TOKEN: 'sixteen-characters' });
    expect(set).toMatchObject({ code: 2, stderr: expect.stringContaining('comes from the environment') });
    const other = join(dataDir, 'other');
    const none = await call(['token', 'rotate', '--data-dir', other], env);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no token in') });
    expect(existsSync(join(other, 'muntra.env'))).toBe(false);
  });
});
