import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { createLogger } from '../log.ts';
import { goMuntra } from '../testing/go-muntra.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { migrate } from './migrate.ts';
import { compareVersions, schemaVersion } from './schema-version.ts';

let db: TestStore;
const recorded = () => db.store.transaction(schemaVersion);
const to = (version: string, freeDisk?: () => number) => migrate(db.store, undefined, { version, freeDisk });

describe('a database', () => {
  beforeEach(async () => {
    db = await testStore('template0');
  });
  afterEach(() => db.drop());

  test('the version that migrated is recorded', async () => {
    expect(await recorded()).toBeUndefined();
    await migrate(db.store);
    expect(await recorded()).toBe(pkg.version);
  });

  test('a newer one migrates, an older one then refuses and changes nothing', async () => {
    await to('1.2.0');
    await to('1.10.0');
    const before = await db.store.query('SELECT * FROM schema_version');
    await expect(to('1.9.3')).rejects.toMatchObject({
      code: 'store_start',
      message: 'This database was last used by Muntra 1.10.0, and this is the older 1.9.3',
      hint: expect.stringContaining('install Muntra 1.10.0'),
    });
    expect(await db.store.query('SELECT * FROM schema_version')).toEqual(before);
    await to('1.10.0');
  });

  test('an upgrade is told of, and louder without a backup to go back to', async () => {
    const lines: string[] = [];
    const log = createLogger('info', { write: line => lines.push(line) });
    const upgrade = (version: string) => migrate(db.store, log, { version });
    await upgrade('1.0.0');
    await upgrade('1.0.0');
    expect(lines).toEqual([]);
    await upgrade('1.1.0');
    expect(JSON.parse(lines.pop() ?? '')).toMatchObject({ level: 'warn', from: '1.0.0', to: '1.1.0' });
    await db.store.query('INSERT INTO last_backup (made, events) VALUES (now(), 1)');
    await upgrade('1.2.0');
    expect(JSON.parse(lines.pop() ?? '')).toMatchObject({ level: 'info', from: '1.1.0', to: '1.2.0' });
  });

  describe('the disk', () => {
    const full = () => 2 ** 20;

    test('may be full for a new database, and for one of the same version', async () => {
      await to('1.0.0', full);
      await to('1.0.0', full);
    });

    test('must have room for an upgrade', async () => {
      await to('1.0.0');
      await expect(to('1.1.0', full)).rejects.toMatchObject({
        code: 'store_start',
        message: 'The upgrade to Muntra 1.1.0 needs 128 MB of free disk, and there are 1 MB',
      });
      expect(await recorded()).toBe('1.0.0');
      await to('1.1.0', () => 2 ** 30);
      expect(await recorded()).toBe('1.1.0');
    });

    test('must have room for a copy of the history of a Go Muntra', async () => {
      const go = await goMuntra({ visitors: 100, days: 2 });
      try {
        const upgrade = (free: number) => migrate(go.store, undefined, { freeDisk: () => free });
        await expect(upgrade(128 * 2 ** 20)).rejects.toThrow(/needs \d{3} MB of free disk/);
        await upgrade(2 ** 30);
      } finally {
        await go.drop();
      }
    });
  });
});

test.each([
  ['0.1.0', '0.1.0', 0],
  ['0.10.0', '0.9.9', 1],
  ['1.0.0', '2.0.0', -1],
  ['1.0.1', '1.0.0-beta.2', 1],
  ['1.0.0-beta.1', '1.0.0', 0],
])('%s beside %s', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
