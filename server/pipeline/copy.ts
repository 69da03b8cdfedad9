/** Rows into `raw_events` by PostgreSQL's COPY: text, one line a row, tabs between the values. */
import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { EVENT_COLUMNS, type Row } from '../ingest/event.ts';

const COPY = `COPY raw_events (${Object.values(EVENT_COLUMNS).join(', ')}, session_hash) FROM STDIN`;

/** `visits` in the order of `rows`. Throws the DatabaseError of the first row that PostgreSQL refuses. */
export async function copyRows(client: PoolClient, rows: Row[], visits: string[]): Promise<void> {
  const copy = client.query(copyFrom(COPY));
  copy.end(rows.map(({ text }, i) => `${text}\t${visits[i]}\n`).join(''));
  await finished(copy);
}
