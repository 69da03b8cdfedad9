/**
 * What is not code becomes a module: `*.sql` files as text, `muntra:tracker` as the minified tracker, `muntra:openapi` as
 * the description of the API. One plugin serves the bundle (rolldown) and the tests (vitest), so neither reads a file at
 * run time.
 */
import type { Plugin } from 'rolldown';
import { buildOpenapi } from '../../server/http/openapi/build.ts';
import { buildTracker } from '../../tracker/build.ts';

/** Modules that have no file, and how their text is made. */
export const BUILT = { 'muntra:tracker': buildTracker, 'muntra:openapi': buildOpenapi } as const;

const isBuilt = (id: string): id is keyof typeof BUILT => id in BUILT;

export const asModule = (text: string): string => `export default ${JSON.stringify(text)};`;

export function assets(): Plugin {
  return {
    name: 'muntra-assets',
    resolveId: { filter: { id: /^muntra:/ }, handler: id => (isBuilt(id) ? `\0${id}` : null) },
    load: {
      filter: { id: /^\0muntra:/ },
      async handler(id) {
        const name = id.slice(1);
        return isBuilt(name) ? asModule(await BUILT[name]()) : null;
      },
    },
    transform: {
      filter: { id: /\.sql$/ },
      handler: text => ({ code: asModule(text), moduleType: 'js', map: null }),
    },
  };
}
