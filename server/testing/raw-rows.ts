/** Rows put straight into `raw_events`, their days marked, so that tests of reading do not depend on the way in. */

import { ensurePartitions } from '../store/partitions.ts';
import type { Store } from '../store/postgres.ts';

/** A row's columns; those left out are those of a pageview by one visitor, in one visit, of `/`. */
export interface RawRow {
  at: string | number;
  site_id?: string;
  visitor_hash?: string;
  session_hash?: string;
  event_name?: string;
  url_path?: string;
  referrer_domain?: string;
  country?: string;
  ua_browser?: string;
  utm_source?: string;
  event_data?: unknown;
}

/** Columns of `raw_events` that a row may name, with what is written when it does not. */
const COLUMNS = {
  site_id: 'site',
  visitor_hash: 'visitor',
  session_hash: 'visit',
  event_name: 'pageview',
  url_path: '/',
  referrer_domain: null,
  country: null,
  ua_browser: null,
  utm_source: null,
  event_data: null,
};

export async function insertRows(store: Store, rows: RawRow[]): Promise<void> {
  const names = Object.keys(COLUMNS);
  const records = rows.map(({ at, ...columns }) => ({
    ...COLUMNS,
    ...columns,
    created_at: new Date(at).toISOString(),
  }));
  await store.transaction(async client => {
    await ensurePartitions(
      client,
      rows.map(row => Date.parse(new Date(row.at).toISOString())),
    );
    await client.query(
      `WITH stored AS (
         INSERT INTO raw_events (created_at, ${names}) SELECT created_at, ${names}
         FROM json_populate_recordset(NULL::raw_events, $1)
         RETURNING site_id, created_at
       )
       INSERT INTO dirty_windows (site_id, day) SELECT DISTINCT site_id, created_at::date FROM stored`,
      [JSON.stringify(records)],
    );
  });
}
