/** setup.mjs in a checkout of two small packages, installed by the real npm: under settings of a user's, and on other systems. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openProcesses } from '../../server/testing/processes.ts';
import { ROOT } from './bundle.ts';

const processes = openProcesses();
afterAll(() => processes.close());

const STAMP = 'node_modules/.muntra-lock';

interface Package {
  name: string;
  version: string;
  bin?: object;
  scripts?: object;
}

interface Checkout {
  has(path: string): boolean;
  setUp(env?: Record<string, string>): { code: number | null; stderr: string };
}

/** `dev`: the packages of its lock file for those who build. */
function checkout(dev = ['rolldown']): Checkout {
  const root = processes.dir('checkout');
  const write = (path: string, content: string | object): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  for (const room of ['server', 'schema', 'tracker']) mkdirSync(join(root, room));
  const node = `mkdir bin && printf '#!/bin/sh\\nexec "${process.execPath}" "$@"\\n' >bin/node`;
  pack(write, root, { name: 'node', version: '1.0.0', bin: { node: 'bin/node' }, scripts: { preinstall: node } });
  write('packed/rolldown/package/index.js', '');
  pack(write, root, { name: 'rolldown', version: '1.0.0' });
  const files = (names: string[]) => Object.fromEntries(names.map(name => [name, `file:${name}.tgz`]));
  write('package.json', { type: 'module', dependencies: files(['node']), devDependencies: files(dev) });
  write('package-lock.json', { lockfileVersion: 3, packages: {} });
  const bundle = `import 'rolldown';\nimport { mkdirSync, writeFileSync } from 'node:fs';\nmkdirSync('dist');\nwriteFileSync('dist/muntra.cjs', '');\n`;
  write('cli/executable/bundle.ts', bundle);
  copyFileSync(join(ROOT, 'cli/executable/setup.mjs'), join(root, 'cli/executable/setup.mjs'));
  return {
    has: path => existsSync(join(root, path)),
    setUp(env = {}) {
      const own = { PATH: process.env.PATH, HOME: root, npm_config_offline: 'true', ...env };
      const args = [join(root, 'cli/executable/setup.mjs')];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env: own, encoding: 'utf8' });
      return { code: status, stderr };
    },
  };
}

function pack(write: (path: string, content: object) => void, root: string, manifest: Package): void {
  write(`packed/${manifest.name}/package/package.json`, manifest);
  const from = join(root, 'packed', manifest.name);
  spawnSync('tar', ['-czf', join(root, `${manifest.name}.tgz`), '-C', from, 'package']);
}

it.each([[{}], [{ NODE_ENV: 'production' }], [{ npm_config_omit: 'dev' }], [{ npm_config_ignore_scripts: 'true' }]])(
  'installs all that it needs and builds, whatever npm is set to: %j',
  env => {
    const { has, setUp } = checkout();
    expect(setUp(env)).toMatchObject({ code: 0 });
    expect(has('dist/muntra.cjs')).toBe(true);
    expect(has(STAMP)).toBe(true);
    expect(setUp(env)).toEqual({ code: 0, stderr: '' });
  },
);

it('tries again after an installation that left something out', () => {
  const { has, setUp } = checkout([]);
  for (const _ of ['first', 'again']) {
    const { code, stderr } = setUp();
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('Error: npm did not install node_modules/rolldown\nTry:'),
    ]);
    expect(has(STAMP)).toBe(false);
  }
});

it.each([
  ['Windows', `Object.defineProperty(process, 'platform', { value: 'win32' });`],
  ['Alpine', 'process.report.getReport = () => ({ header: {} });'],
])('says on %s where it runs, and installs nothing', (_, pretence) => {
  const { has, setUp } = checkout();
  expect(setUp({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(pretence)}` })).toEqual({
    code: 1,
    stderr:
      'Error: Muntra runs on Linux with glibc and on macOS\nTry:   docs/docker.md has the way for other systems\n',
  });
  expect(has('node_modules')).toBe(false);
});
