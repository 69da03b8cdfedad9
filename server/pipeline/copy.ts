/** Rows of `raw_events` as PostgreSQL's COPY reads them: text, one line a row, tabs between the values. */
import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { EVENT_COLUMNS, EVENT_FIELDS, type Event } from '../ingest/event.ts';

const COPY = `COPY raw_events (${Object.values(EVENT_COLUMNS).join(', ')}, session_hash) FROM STDIN`;
const NULL = '\\N';

/** `visits` in the order of `events`. Throws the DatabaseError of the first row that PostgreSQL refuses. */
export async function copyEvents(client: PoolClient, events: Event[], visits: string[]): Promise<void> {
  const copy = client.query(copyFrom(COPY));
  copy.end(events.map((event, i) => row(event, visits[i] ?? '')).join(''));
  await finished(copy);
}

function row(event: Event, visit: string): string {
  let line = '';
  for (const field of EVENT_FIELDS) {
    const value = event[field];
    if (value === null) line += NULL;
    else if (field === 'at') line += new Date(event.at).toISOString();
    else line += typeof value === 'string' ? escaped(value) : value;
    line += '\t';
  }
  return `${line}${escaped(visit)}\n`;
}

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[\\\t\n\r]/g, found => ESCAPES[found] ?? found) : text;
}
