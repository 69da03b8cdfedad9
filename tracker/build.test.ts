import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildTracker, LIMITS, measure } from './build.ts';

test('the tracker is within its limits, for the gzip of the system too, and as large as its manual says', async () => {
  const script = await buildTracker();
  const { minified, gzipped } = measure(script);
  expect(minified).toBeLessThanOrEqual(LIMITS.minified);
  expect(gzipped).toBeLessThanOrEqual(LIMITS.gzipped);
  expect(execFileSync('gzip', ['-9', '-c'], { input: script }).length).toBeLessThanOrEqual(LIMITS.gzipped);

  const manual = readFileSync(join(import.meta.dirname, '../docs/tracker.md'), 'utf8');
  expect(manual).toContain(`${minified.toLocaleString('en')} bytes (${gzipped} gzipped)`);
});
