import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './bundle.ts';

test('has no character that would have V8 keep a file in two bytes for each', () => {
  const dist = join(ROOT, 'dist');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.cjs'));
  expect(files).toContain('muntra.cjs');
  const wide = files.filter(name => /[^\0-\x7f]/.test(readFileSync(join(dist, name), 'utf8')));
  expect(wide).toEqual([]);
});
