/** What the packaged executable carries inside beside its code; nothing in a checkout. */
import { getRawAsset, isSea } from 'node:sea';

/** PostgreSQL's programs, see store/archive.ts, and the country table, see geo/built-in-table.ts. */
export type AssetName = 'postgres' | 'country';

/** The bytes lie in the executable's own pages: they take no memory until they are read. */
export function packagedAsset(name: AssetName): Uint8Array | undefined {
  return isSea() ? new Uint8Array(getRawAsset(name)) : undefined;
}
