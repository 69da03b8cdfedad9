/**
 * Bundles the command line and the server into `dist/`: one entry and a chunk for each command, so that a command
 * loads only what it uses. CommonJS, because an import of `node:http` reads all its exports, the lazy ones too, and
 * thereby loads an HTTP client and 7 MB of memory that nobody asked for. Run by `npm run build`.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type OutputOptions, type Plugin, rolldown } from 'rolldown';
import { assets } from './assets.ts';

export const ROOT = join(import.meta.dirname, '../..');

/** V8 keeps a source in memory, and with one character outside of Latin-1 in two bytes for each. */
const ascii: Plugin = {
  name: 'ascii',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.code = file.code.replace(/[\u0080-\uffff]/g, escaped);
    }
  },
};

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

export async function writeBundle(output: OutputOptions): Promise<void> {
  const bundle = await rolldown({
    input: join(ROOT, 'cli/muntra.ts'),
    cwd: ROOT,
    platform: 'node',
    // pg asks for its native twin only when told to; we never do.
    external: ['pg-native'],
    plugins: [assets(), ascii],
  });
  await bundle.write(output);
  await bundle.close();
}

if (import.meta.main) {
  const dir = join(ROOT, 'dist');
  // The names of chunks change with what is in them. A packaged executable beside them stays.
  await rm(join(dir, 'chunks'), { recursive: true, force: true });
  await writeBundle({
    dir,
    format: 'cjs',
    entryFileNames: 'muntra.cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    // Names stay, for stack traces; white space would only take memory.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  });
}
