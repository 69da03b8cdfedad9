/** What a start writes into `muntra.env`, by what is there and in the environment. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DataDir, openDataDir } from '../server/data-dir.ts';
import { readEnvFile } from '../server/env-file.ts';
import { writeFirstSettings } from './first-settings.ts';

let dataDir: DataDir;
beforeEach(() => {
  const surroundings = { env: {}, cwd: '/', uid: process.getuid?.() };
  dataDir = openDataDir(mkdtempSync(join(tmpdir(), 'muntra-first-')), surroundings);
});
afterEach(() => rmSync(dataDir.path, { recursive: true }));

const settings = () => readEnvFile(dataDir.envFile);
const address = { MUNTRA_HTTP_ADDR: '127.0.0.1:8090' };
const token = { MUNTRA_DASHBOARD_TOKEN: 'sixteen-characters' };

describe('a start', () => {
  it('writes the address of this machine alone and a token, once', () => {
    expect(writeFirstSettings(dataDir, {})).toBe(true);
    const written = settings();
    expect(written).toEqual({ ...address, MUNTRA_DASHBOARD_TOKEN: expect.stringMatching(/^[\w-]{32}$/) });
    expect(writeFirstSettings(dataDir, {})).toBe(false);
    expect(settings()).toEqual(written);
  });

  it('does not take the address of one environment for that of every start', () => {
    writeFirstSettings(dataDir, { MUNTRA_HTTP_ADDR: '127.0.0.1:18397' });
    expect(settings()).toMatchObject(address);
  });

  it('writes nothing where the environment has everything', () => {
    writeFirstSettings(dataDir, { MUNTRA_HTTP_ADDR: ':8090', ...token });
    expect(existsSync(dataDir.envFile)).toBe(false);
  });

  it('takes an empty variable for one that is not set', () => {
    writeFirstSettings(dataDir, { MUNTRA_HTTP_ADDR: '', MUNTRA_DASHBOARD_TOKEN: ' ' });
    expect(settings()).toEqual({ ...address, MUNTRA_DASHBOARD_TOKEN: expect.stringMatching(/^[\w-]{32}$/) });
  });

  it('adds the address to a file without one, unless the environment has it', () => {
    writeFileSync(dataDir.envFile, 'MUNTRA_DASHBOARD_TOKEN=sixteen-characters\n');
    writeFirstSettings(dataDir, { MUNTRA_HTTP_ADDR: ':8090' });
    expect(settings()).toEqual(token);
    writeFirstSettings(dataDir, {});
    expect(settings()).toEqual({ ...address, ...token });
  });

  it('keeps the address that is there', () => {
    writeFileSync(dataDir.envFile, 'MUNTRA_HTTP_ADDR=:8090\n');
    writeFirstSettings(dataDir, {});
    expect(settings()).toMatchObject({ MUNTRA_HTTP_ADDR: ':8090' });
  });
});
