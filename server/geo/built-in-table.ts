/** The country table that comes with Muntra: made of the registries' own lists, and in the public domain. */
import { createRequire } from 'node:module';

const TABLE = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb';

/** Path of its file. */
export const builtInTable = (): string => createRequire(import.meta.url).resolve(TABLE);
