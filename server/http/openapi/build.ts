/**
 * The description of the HTTP interface as it is served: the YAML files beside this one, which people keep by hand, put
 * together as one JSON text, so that the server has neither a YAML reader nor the tree in its memory.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Part {
  paths?: object;
  components?: Record<string, object>;
}

/** Resolves to JSON of OpenAPI 3.1. Keys of a part that begin with `x-` hold what its anchors repeat, and are left out. */
export async function buildOpenapi(): Promise<string> {
  const names = (await readdir(import.meta.dirname)).filter(name => name.endsWith('.yaml')).sort();
  const parts = await Promise.all(names.map(readPart));
  const components: Record<string, object> = {};
  for (const part of parts) {
    for (const [kind, named] of Object.entries(part.components ?? {})) {
      components[kind] = { ...components[kind], ...named };
    }
  }
  const [frame] = parts;
  return JSON.stringify({ ...frame, paths: Object.assign({}, ...parts.map(part => part.paths)), components });
}

async function readPart(name: string): Promise<Part> {
  return parse(await readFile(join(import.meta.dirname, name), 'utf8'), { merge: true });
}
