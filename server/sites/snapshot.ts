/** The last known sites as a file, so that a restart while PostgreSQL is away still takes events. */
import { existsSync, readFileSync } from 'node:fs';
import type { Site } from '../contract/site.ts';
import { writeDurably } from '../durable-file.ts';

/** undefined when there is no usable one. */
export function readSnapshot(path: string): Site[] | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const sites: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(sites) && sites.every(isSite) ? sites : undefined;
  } catch {
    return undefined;
  }
}

export const writeSnapshot = (path: string, sites: Site[]): void => writeDurably(path, JSON.stringify(sites));

function isSite(value: unknown): value is Site {
  if (typeof value !== 'object' || value === null) return false;
  const { id, origins, timezone } = value as Partial<Record<keyof Site, unknown>>;
  return typeof id === 'string' && typeof timezone === 'string' && Array.isArray(origins);
}
