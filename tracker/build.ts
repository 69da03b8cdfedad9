/** The tracker as it is served: types removed, minified, and within its size, which is a promise of the README. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { minify, transform } from 'rolldown/utils';

/** Bytes. */
export const LIMITS = { minified: 1300, gzipped: 680 } as const;

/** What old browsers must understand. */
const TARGET = 'es2019';

export interface Sizes {
  minified: number;
  /** As `gzip -9`. */
  gzipped: number;
}

/** The script's text. Says its sizes on stderr; throws when it does not compile or is larger than its limits. */
export async function buildTracker(): Promise<string> {
  const source = join(import.meta.dirname, 'tracker.ts');
  // A script, not a module: strict mode would make assignments to what a page has frozen throw.
  const plain = await transform(source, await readFile(source, 'utf8'), { target: TARGET, sourceType: 'script' });
  const small = await minify('tracker.js', plain.code, {
    module: false,
    compress: { target: TARGET },
    mangle: { toplevel: true },
  });
  const problems = [...plain.errors, ...small.errors].map(error => error.message);
  const { minified, gzipped } = measure(small.code);
  const sizes = `tracker: ${minified} bytes (limit ${LIMITS.minified}), ${gzipped} gzipped (limit ${LIMITS.gzipped})`;
  process.stderr.write(`${sizes}\n`);
  if (minified > LIMITS.minified || gzipped > LIMITS.gzipped) problems.push('it is larger than its limits');
  if (problems.length > 0) throw new Error(`the tracker cannot be built: ${problems.join('\n')}`);
  return small.code;
}

export function measure(script: string): Sizes {
  return { minified: Buffer.byteLength(script), gzipped: gzipSync(script, { level: 9 }).length };
}
