/** Lets the pinned Node run benchmarks from their sources: `node --import ./cli/executable/register.ts FILE`. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { buildTracker } from '../../tracker/build.ts';

const tracker = await buildTracker();
const text = (value: string) => ({
  format: 'module' as const,
  shortCircuit: true,
  source: `export default ${JSON.stringify(value)};`,
});

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'muntra:tracker' ? { url: specifier, shortCircuit: true } : next(specifier, context),
  load: (url, context, next) => {
    if (url === 'muntra:tracker') return text(tracker);
    return url.endsWith('.sql') ? text(readFileSync(new URL(url), 'utf8')) : next(url, context);
  },
});
