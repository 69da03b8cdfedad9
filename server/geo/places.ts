/**
 * Where an address is: from the built-in country table, or from the user's own file, which is read anew when it changes.
 * The address is looked up and forgotten: neither a cache nor a line of the log holds it.
 */
import { addressBytes } from '../ingest/address.ts';
import type { Place, PlaceLookup } from '../ingest/enrich.ts';
import { memo } from '../ingest/memo.ts';
import type { Logger } from '../log.ts';
import { watchFile } from '../watched-file.ts';
import { builtInTable } from './built-in-table.ts';
import { openMmdb } from './mmdb.ts';
import { readPlace } from './place.ts';
import { isPublic } from './public-address.ts';

export interface Places {
  lookup: PlaceLookup;
  /** What the table tells, as far as samples show. */
  readonly knows: readonly (keyof Place)[];
  close(): void;
}

export interface PlacesOptions {
  /** MUNTRA_GEOIP_DB; '': the built-in table. */
  path: string;
  /** Where the packaged executable unpacks the built-in table. */
  dataDir: string;
  log: Logger;
  /** Milliseconds between two looks at the file. */
  every?: number;
}

/** Records are few: of countries 250, of the cities of most visitors some thousand. */
const REMEMBERED = 1000;

/** Throws MuntraError `config_invalid` for a file that cannot be used. */
export function openPlaces({ path, dataDir, log, every }: PlacesOptions): Places {
  if (path === '') return openTable(builtInTable(dataDir), log);
  const watched = watchFile({
    option: 'MUNTRA_GEOIP_DB',
    path,
    hint: 'name a country or city table in the MaxMind DB format (.mmdb), or leave it empty for the built-in one',
    read: file => openTable(file, log),
    release: table => table.close(),
    log,
    ...(every && { every }),
  });
  return {
    lookup: ip => watched.content.lookup(ip),
    get knows() {
      return watched.content.knows;
    },
    close: () => watched.close(),
  };
}

/** Throws an Error when the file cannot be used. */
function openTable(path: string, log: Logger): Places {
  const table = openMmdb(path);
  const placeAt = memo<{ place: Place | null }>(REMEMBERED, at => ({ place: readPlace(table.read(Number(at))) }));
  const find = (ip: string): Place | null => {
    const address = addressBytes(ip);
    const at = address && isPublic(address) ? table.find(address) : undefined;
    return at === undefined ? null : placeAt(String(at)).place;
  };
  let knows: Places['knows'];
  try {
    knows = look(find);
  } catch (error) {
    table.close();
    throw error;
  }

  let damaged = false;
  return {
    knows,
    lookup(ip) {
      try {
        return find(ip);
      } catch (error) {
        if (!damaged) log.warn({ err: error, file: path }, 'the table of places is damaged');
        damaged = true;
        return null;
      }
    },
    close: () => table.close(),
  };
}

/** A look into each part of the address space: a table of something else, or of nothing, tells no country. */
function look(find: PlaceLookup): Places['knows'] {
  const samples = Array.from({ length: 223 }, (_, i) => find(`${i + 1}.1.1.1`));
  if (samples.every(place => place === null)) throw new Error('it holds no countries');
  return (['country', 'region', 'city'] as const).filter(kind => samples.some(place => place?.[kind]));
}
