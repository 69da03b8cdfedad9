/**
 * Bundles the command line and the server into `dist/`: one entry and a chunk for each command, so that a command
 * loads only what it uses. Run by `npm run build`.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { assets } from './assets.ts';

const root = join(import.meta.dirname, '../..');

const bundle = await rolldown({
  input: join(root, 'cli/muntra.ts'),
  cwd: root,
  platform: 'node',
  // pg asks for its native twin only when told to; we never do.
  external: ['pg-native'],
  plugins: [assets()],
});
await rm(join(root, 'dist'), { recursive: true, force: true });
await bundle.write({
  dir: join(root, 'dist'),
  format: 'esm',
  entryFileNames: 'muntra.mjs',
  chunkFileNames: 'chunks/[name]-[hash].mjs',
});
await bundle.close();
