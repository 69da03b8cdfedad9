/**
 * Where an address is: from the built-in country table, or from the user's own file, which is read anew when it changes.
 * The address is looked up and forgotten: neither a cache nor a line of the log holds it.
 */
import { statSync } from 'node:fs';
import { MuntraError, systemCode } from '../errors.ts';
import { addressBytes } from '../ingest/address.ts';
import type { Place, PlaceLookup } from '../ingest/enrich.ts';
import { memo } from '../ingest/memo.ts';
import type { Logger } from '../log.ts';
import { builtInTable } from './built-in-table.ts';
import { openMmdb } from './mmdb.ts';
import { readPlace } from './place.ts';
import { isPublic } from './public-address.ts';

export interface Places {
  lookup: PlaceLookup;
  close(): void;
}

export interface PlacesOptions {
  /** MUNTRA_GEOIP_DB; '': the built-in table. */
  path: string;
  log: Logger;
  /** Milliseconds between two looks at the file. */
  every?: number;
}

/** Records are few: of countries 250, of the cities of most visitors some thousand. */
const REMEMBERED = 1000;

/** Throws MuntraError `config_invalid` for a file that cannot be used. */
export function openPlaces({ path, log, every = 10_000 }: PlacesOptions): Places {
  let version = versionOf(path);
  let table: Places;
  try {
    table = openTable(path || builtInTable(), log);
  } catch (error) {
    throw unusable(path, error);
  }

  function refresh(): void {
    const found = versionOf(path);
    if (found === version) return;
    version = found;
    try {
      const fresh = openTable(path, log);
      table.close();
      table = fresh;
      log.info({ file: path }, 'the table of places has changed and was read');
    } catch (error) {
      log.warn({ file: path, problem: problem(error) }, 'the table of places cannot be read; the old one is used on');
    }
  }

  const timer = path === '' ? undefined : setInterval(refresh, every).unref();
  return {
    lookup: ip => table.lookup(ip),
    close() {
      clearInterval(timer);
      table.close();
    },
  };
}

/** Another text whenever the file was written to or replaced. */
function versionOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'not there';
  }
}

function openTable(path: string, log: Logger): Places {
  const table = openMmdb(path);
  const placeAt = memo<{ place: Place | null }>(REMEMBERED, at => ({ place: readPlace(table.read(Number(at))) }));
  const find = (ip: string): Place | null => {
    const address = addressBytes(ip);
    const at = address && isPublic(address) ? table.find(address) : undefined;
    return at === undefined ? null : placeAt(String(at)).place;
  };
  try {
    check(find);
  } catch (error) {
    table.close();
    throw error;
  }

  let damaged = false;
  return {
    lookup(ip) {
      try {
        return find(ip);
      } catch (error) {
        if (!damaged) log.warn({ file: path, problem: problem(error) }, 'the table of places is damaged');
        damaged = true;
        return null;
      }
    },
    close: () => table.close(),
  };
}

/** A look into each part of the address space: a table of something else, or of nothing, tells no country. */
function check(find: PlaceLookup): void {
  const samples = Array.from({ length: 223 }, (_, i) => find(`${i + 1}.1.1.1`));
  if (samples.every(place => place === null)) throw new Error('it holds no countries');
}

const PROBLEMS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
};

const problem = (error: unknown): string => PROBLEMS[systemCode(error)] ?? String(error);

function unusable(path: string, cause: unknown): MuntraError {
  if (path === '')
    return new MuntraError('internal', 'the built-in country table cannot be read', 'install Muntra again', { cause });
  return new MuntraError(
    'config_invalid',
    `MUNTRA_GEOIP_DB "${path}" cannot be used: ${problem(cause)}`,
    'name a country or city table in the MaxMind DB format (.mmdb), or leave it empty for the built-in one',
    { cause },
  );
}
