/**
 * Events of the past, from lines of a file, exactly once: a source has a row in `buffer_positions` as a buffer has, which
 * tells how many of its lines are stored and moves in the transaction that stores more. A line that is no event is
 * reported and passed over, for it never will be one; but a site may still be added, so one of an unknown site stops it.
 */
import type { ImportAnswer } from '../contract/transfer.ts';
import { MuntraError } from '../errors.ts';
import { type Row, toRow } from '../ingest/event.ts';
import { readImported } from '../ingest/imported-event.ts';
import { Malformed } from '../ingest/parse.ts';
import type { SiteRegistry } from '../sites/registry.ts';
import { isSiteId, sitesNotReady } from '../sites/site.ts';
import type { Store } from '../store/postgres.ts';
import { movePosition, readPosition } from './positions.ts';
import { type DecodedEntry, storeOrReject } from './rejected.ts';

export interface ImportedLines {
  source: string;
  /** How many lines of the source came before. */
  line: number;
  lines: string[];
  /** Overrides what the lines say. */
  site?: string | undefined;
}

export interface Importer {
  /** Lines of the source that are stored. Throws MuntraError `store_unavailable`, as `add`. */
  position(source: string): Promise<number>;
  /**
   * Stores nothing, and says where to go on, when the source is not stored up to `line` exactly. Throws MuntraError
   * `unknown_site` or `not_ready`, and then nothing is stored either.
   */
  add(lines: ImportedLines): Promise<ImportAnswer>;
}

/** PostgreSQL would refuse such events too, one at a time. */
const PRUNED = 'SELECT site_id AS site, (extract(epoch FROM before) * 1000)::float8 AS before FROM pruned_sites';

type Refused = ImportAnswer['refused'];

export function createImporter(store: Store, sites: Pick<SiteRegistry, 'find' | 'ready'>): Importer {
  async function position(source: string): Promise<number> {
    return Number((await readPosition(store, bufferOf(source))) ?? 0);
  }

  return {
    position,
    async add({ source, line, lines, site }) {
      const pruned = await store.query<{ site: string; before: number }>(PRUNED);
      const keptFrom = new Map(pruned.map(({ site, before }) => [site, before]));
      const { entries, refused } = read(lines, line, (payload, number) => {
        const event = readImported(payload, site, id => sites.find(id)?.origins ?? []);
        if (!isSiteId(event.site)) throw new Malformed('site_id cannot be the name of a site');
        if (!sites.find(event.site)) throw sites.ready ? unknownSite(event.site, number) : sitesNotReady();
        if (event.at < (keptFrom.get(event.site) ?? 0)) throw new Malformed(`past the retention of site ${event.site}`);
        return toRow(event);
      });
      const [from, to] = [line === 0 ? null : String(line), String(line + lines.length)];
      const rejected = await store.transaction(async client => {
        if (!(await movePosition(client, bufferOf(source), { from, to }))) return undefined;
        return storeOrReject(client, entries);
      });
      if (!rejected) return { line: await position(source), events: 0, refused: [] };
      for (const { position, reason } of rejected) refused.push({ line: Number(position), reason });
      refused.sort((a, b) => a.line - b.line);
      return { line: line + lines.length, events: entries.length - rejected.length, refused };
    },
  };
}

const bufferOf = (source: string): string => `import:${source}`;

function unknownSite(site: string, line: number): MuntraError {
  const hint = `muntra sites add ${site}, then the same again; muntra sites remove ${site} drops what is not wanted`;
  return new MuntraError('unknown_site', `line ${line} is of the unknown site "${site}"`, hint);
}

/** What `toRow` refuses as Malformed is set aside. */
function read(lines: string[], before: number, toRow: (payload: string, line: number) => Row) {
  const entries: DecodedEntry[] = [];
  const refused: Refused = [];
  for (const [i, payload] of lines.entries()) {
    const line = before + i + 1;
    if (payload.trim() === '') continue;
    try {
      entries.push({ position: String(line), row: toRow(payload, line) });
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      refused.push({ line, reason: error.message });
    }
  }
  return { entries, refused };
}
