/**
 * The country table that comes with Muntra: made of the registries' own lists, and in the public domain. The packaged
 * executable carries it compressed and unpacks it once, because it is read where it lies on the disk.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { writeDurably } from '../durable-file.ts';
import { packagedAsset } from '../packaged.ts';

const TABLE = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb';
const UNPACKED = /^country-[\da-f]+\.mmdb$/;

/** Path of the file in the npm package. */
export const tableInPackage = (): string => createRequire(import.meta.url).resolve(TABLE);

/** Path of the file; in the executable it is in `dataDir`, and replaces those of other versions. */
export function builtInTable(dataDir: string, asset = packagedAsset('country')): string {
  if (!asset) return tableInPackage();
  const name = `country-${asset.mark}.mmdb`;
  const path = join(dataDir, name);
  if (!existsSync(path)) {
    writeDurably(path, zstdDecompressSync(asset.bytes));
    const old = readdirSync(dataDir).filter(other => UNPACKED.test(other) && other !== name);
    for (const other of old) rmSync(join(dataDir, other));
  }
  return path;
}
