/** What docs/architecture.md says of the tree: every room is in it, and the imports run in one direction. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

const below = (path: string): string[] =>
  readdirSync(join(ROOT, path), { withFileTypes: true }).flatMap(entry => {
    const name = `${path}/${entry.name}`;
    return entry.isDirectory() ? below(name) : [name];
  });

const files = [...below('cli'), ...below('server')].filter(name => /(?<!\.test)\.ts$/.test(name));

/** What a file imports when it is loaded: neither types nor what is loaded later. */
const imports = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+\.ts)';/gm)].map(
    ([, path = '']) => join(dirname(file), path),
  );

test('it names every room', () => {
  const rooms = ['cli', 'server'].flatMap(top =>
    readdirSync(join(ROOT, top), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(({ name }) => `\`${top}/${name}/\``),
  );
  expect(rooms.filter(room => !page.includes(room))).toEqual([]);
});

test('it names nothing that is not there', () => {
  const named = [...page.matchAll(/\b(?:cli|server|schema|tracker)\/[\w./-]*/g)].map(([path]) =>
    path.replace(/[./]+$/, ''),
  );
  const known = new Set([...below('cli'), ...below('server'), ...below('schema'), ...below('tracker')]);
  const isKnown = (path: string): boolean => [...known].some(file => file === path || file.startsWith(`${path}/`));
  expect(named.filter(path => !isKnown(path))).toEqual([]);
});

test('no file imports itself by way of others', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  function visit(file: string, way: string[]): void {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' > '));
    if (done.has(file)) return;
    done.add(file);
    for (const next of imports(file)) visit(next, [...way, file]);
  }
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test('the server knows nothing of the command line, and nothing but the root and init of HTTP', () => {
  const importers = (of: RegExp, from: RegExp): string[] =>
    files.filter(file => from.test(file) && imports(file).some(path => of.test(path)));
  expect(importers(/^cli\//, /^server\/(?!testing\/|bench\/)/)).toEqual([]);
  expect(importers(/^server\/http\//, /^server\/(?!http\/|testing\/)/)).toEqual(['server/main.ts']);
  expect(importers(/^server\/(testing|bench|faults)\//, /^(cli|server)\/(?!testing|bench|faults)/)).toEqual([]);
});
