/** What the packaged executable carries inside beside its code; nothing in a checkout. */
import { getAsset, getRawAsset, isSea } from 'node:sea';

/** PostgreSQL's programs, see store/archive.ts, and the country table, see geo/built-in-table.ts. */
export type AssetName = 'postgres' | 'country';

export interface Asset {
  /** They lie in the executable's own pages, and take no memory until they are read. */
  bytes: Uint8Array;
  /** Tells them from those of another version without reading them: the first digits of their SHA-256. */
  mark: string;
}

export function packagedAsset(name: AssetName): Asset | undefined {
  return isSea() ? { bytes: new Uint8Array(getRawAsset(name)), mark: getAsset(`${name}.mark`, 'utf8') } : undefined;
}
