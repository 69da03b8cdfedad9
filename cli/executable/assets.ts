/**
 * What is not code becomes a module: `*.sql` files as text, and `muntra:tracker` as the minified tracker. One plugin
 * serves the bundle (rolldown) and the tests (vitest), so neither reads a file at run time.
 */
import type { Plugin } from 'rolldown';
import { buildTracker } from '../../tracker/build.ts';

const TRACKER = 'muntra:tracker';

export function assets(): Plugin {
  return {
    name: 'muntra-assets',
    resolveId: { filter: { id: /^muntra:tracker$/ }, handler: () => `\0${TRACKER}` },
    load: {
      filter: { id: /^\0muntra:tracker$/ },
      handler: async () => `export default ${JSON.stringify(await buildTracker())};`,
    },
    transform: {
      filter: { id: /\.sql$/ },
      handler: text => ({ code: `export default ${JSON.stringify(text)};`, moduleType: 'js', map: null }),
    },
  };
}
