/** Compares what the load was told with what `raw_events` holds. */
import type { Outcomes } from './load.ts';

export interface Audit {
  acknowledged: number;
  refused: number;
  unanswered: number;
  stored: number;
  /** Answered with 204 and not stored. */
  lost: number[];
  /** Stored more than once. */
  doubled: number[];
  /** Refused, and stored all the same. */
  refusedButStored: number[];
}

/** `query` runs one statement with bound values on the database that should hold the numbers. */
export async function audit(
  outcomes: Outcomes,
  site: string,
  query: (sql: string, values: unknown[]) => Promise<Record<string, unknown>[]>,
): Promise<Audit> {
  const rows = await query(
    `SELECT substr(url_path, 4)::int AS number, count(*)::int AS times
       FROM raw_events WHERE site_id = $1 AND url_path LIKE '/n/%' GROUP BY 1`,
    [site],
  );
  const times = new Map(rows.map(row => [Number(row.number), Number(row.times)]));
  return {
    acknowledged: outcomes.acknowledged.length,
    refused: outcomes.refused.size,
    unanswered: outcomes.unanswered.length,
    stored: times.size,
    lost: outcomes.acknowledged.filter(number => !times.has(number)),
    doubled: [...times].filter(([, count]) => count > 1).map(([number]) => number),
    refusedButStored: [...outcomes.refused.keys()].filter(number => times.has(number)),
  };
}
