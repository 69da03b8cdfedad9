/** What the records of the different makers of tables say: GeoLite2 and DB-IP, and the flat ones of ip-location-db. */
import type { Place } from '../ingest/enrich.ts';
import { cleanOrNull } from '../ingest/text.ts';

const NAME_LENGTH = 100;
const COUNTRY = /^[A-Z]{2}$/;

/**
 * null without a country. Region and city are the English names, as reports show them: not every maker gives codes.
 */
export function readPlace(record: unknown): Place | null {
  const country =
    text(record, 'country_code') ??
    text(record, 'country', 'iso_code') ??
    text(record, 'registered_country', 'iso_code') ??
    '';
  if (!COUNTRY.test(country)) return null;
  const region = text(record, 'subdivisions', '0', 'names', 'en') ?? text(record, 'subdivisions', '0', 'iso_code');
  const city = text(record, 'city', 'names', 'en');
  return {
    country,
    region: name(region ?? text(record, 'state1')),
    city: name(city ?? text(record, 'city')),
  };
}

/** The text at the end of a path of keys. */
function text(record: unknown, ...path: string[]): string | undefined {
  let value = record;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' ? value : undefined;
}

const name = (given: string | undefined): string | null => cleanOrNull(given ?? '', NAME_LENGTH);
