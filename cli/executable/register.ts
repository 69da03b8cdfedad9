/** Lets the pinned Node run benchmarks from their sources: `node --import ./cli/executable/register.ts FILE`. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { asModule, BUILT } from './assets.ts';

/** Before anything asks: the hooks cannot wait. */
const built = new Map(
  await Promise.all(Object.entries(BUILT).map(async ([name, build]) => [name, await build()] as const)),
);

const module = (text: string) => ({ format: 'module' as const, shortCircuit: true, source: asModule(text) });

registerHooks({
  resolve: (specifier, context, next) =>
    built.has(specifier) ? { url: specifier, shortCircuit: true } : next(specifier, context),
  load: (url, context, next) => {
    const text = built.get(url) ?? (url.endsWith('.sql') ? readFileSync(new URL(url), 'utf8') : undefined);
    return text === undefined ? next(url, context) : module(text);
  },
});
