import { join } from 'node:path';
import { rolldown } from 'rolldown';

export async function buildTracker(): Promise<string> {
  const bundle = await rolldown({ input: join(import.meta.dirname, 'tracker.ts') });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  await bundle.close();
  return output[0].code;
}
