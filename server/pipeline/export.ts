/**
 * The events of a site as lines of an import, oldest first. Each page is a question of its own that begins behind the page
 * before: a reader who is slow, or gone, holds neither a connection nor a transaction.
 */
import pageSql from '../../schema/queries/event.page.sql';
import type { Range } from '../stats/stats.ts';
import type { Store } from '../store/postgres.ts';

/** Rows, and bytes of text: what visitors sent may have ten kilobytes an event. */
const PAGE = { rows: 250, bytes: 256 * 1024 };

interface Row {
  /** created_at and id, as PostgreSQL writes them: its times are finer than ours. */
  at: string;
  number: string;
  line: string;
  data: string | null;
}

/** Yields whole lines, many at once. Throws MuntraError `store_unavailable`. */
export async function* exportEvents(store: Store, site: string, { from, to }: Range): AsyncGenerator<string> {
  const end = new Date(to).toISOString();
  let last = { at: new Date(from).toISOString(), number: '-1' };
  while (true) {
    const rows = await store.query<Row>(pageSql, [site, last.at, last.number, end, PAGE.rows, PAGE.bytes]);
    const final = rows.at(-1);
    if (!final) return;
    yield rows.map(asLine).join('');
    last = final;
  }
}

function asLine({ line, data }: Row): string {
  return data === null ? `${line}\n` : `${line.slice(0, -1)},"event_data":${data}}\n`;
}
