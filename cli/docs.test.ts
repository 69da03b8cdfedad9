import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PERIODS } from '../server/contract/stats.ts';
import { ERRORS } from '../server/errors.ts';
import { CATALOG } from './catalog.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/cli.md'), 'utf8');

it('documents every command', () => {
  const names = Object.values(CATALOG).flatMap(entries => entries.map(({ name }) => name));
  expect(names.filter(name => !page.includes(`\n### muntra ${name}`))).toEqual([]);
});

it('documents every exit code and period', () => {
  const codes = Object.values(ERRORS).map(({ exit }) => exit);
  expect(codes.filter(code => !page.includes(`\n| ${code} | `))).toEqual([]);
  expect(PERIODS.filter(name => !page.includes(`\`${name}\``))).toEqual([]);
});
