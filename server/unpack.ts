/**
 * Brings to the disk what the packaged executable has inside; nothing in a checkout. A process that reads it keeps its pages
 * mapped, 40 MB, so `muntra start` begins anew after this.
 */
import type { Config } from './config.ts';
import { lockDataDir } from './data-lock.ts';
import { builtInTable } from './geo/built-in-table.ts';
import { packagedAsset } from './packaged.ts';
import { placePrograms } from './store/embedded.ts';

/** What a server with these settings will need. Throws as that would, and MuntraError `already_running`. */
export async function unpack(
  { geoipDb, postgresDsn }: Pick<Config, 'geoipDb' | 'postgresDsn'>,
  dataDir: string,
): Promise<void> {
  if (!packagedAsset('country')) return;
  const lock = lockDataDir(dataDir);
  try {
    if (geoipDb === '') builtInTable(dataDir);
    if (postgresDsn === '') await placePrograms(dataDir);
  } finally {
    lock.release();
  }
}
