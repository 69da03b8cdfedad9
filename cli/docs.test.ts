import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PERIODS } from '../server/contract/stats.ts';
import { ERRORS } from '../server/errors.ts';
import { CATALOG } from './catalog.ts';

const DOCS = join(import.meta.dirname, '../docs');
const page = readFileSync(join(DOCS, 'cli.md'), 'utf8');

it('documents every command', () => {
  const names = Object.values(CATALOG).flatMap(entries => entries.map(({ name }) => name));
  expect(names.filter(name => !page.includes(`\n### muntra ${name}`))).toEqual([]);
});

it('names no command that is not there, in a text or in a hint', () => {
  const known = [...Object.values(CATALOG).flatMap(entries => entries.map(({ name }) => name)), 'help'];
  const files = ['cli', 'server', 'docs'].flatMap(room =>
    readdirSync(join(DOCS, '..', room), { recursive: true, encoding: 'utf8' })
      .filter(name => /\.(ts|md|yaml)$/.test(name))
      .map(name => readFileSync(join(DOCS, '..', room, name), 'utf8')),
  );
  const named = files.flatMap(text => [...text.matchAll(/`(?:sudo |npx )?muntra ([a-z]+)/g)].map(([, name]) => name));
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(name => !known.some(one => one === name))).toEqual([]);
});

it('documents every exit code and period', () => {
  const codes = Object.values(ERRORS).map(({ exit }) => exit);
  expect(codes.filter(code => !page.includes(`\n| ${code} | `))).toEqual([]);
  expect(PERIODS.filter(name => !page.includes(`\`${name}\``))).toEqual([]);
});

it('speaks of tests and modules that are there', () => {
  const pages = readdirSync(DOCS).filter(name => name.endsWith('.md'));
  const named = pages.flatMap(name =>
    [...readFileSync(join(DOCS, name), 'utf8').matchAll(/`((?:cli|server|schema|tracker)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    ),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(path => !existsSync(join(DOCS, '..', path)))).toEqual([]);
});
