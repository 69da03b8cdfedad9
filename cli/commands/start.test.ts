import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { call } from '../testing/program.ts';
import { Interrupted } from '../world.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'muntra-start-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('begins anew on the same directory, whatever would be customary for its owner', async () => {
  let given: Record<string, string> = {};
  const restart = (env: Record<string, string>): never => {
    given = env;
    throw new Interrupted('SIGTERM');
  };
  await call(['start'], { XDG_DATA_HOME: home }, { restart, uid: 1000 });
  expect(given).toMatchObject({ MALLOC_ARENA_MAX: '1', MUNTRA_DATA_DIR: join(home, 'muntra') });
});
