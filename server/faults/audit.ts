/** Compares what the load was told with what `raw_events` holds. */
import type { Muntra } from '../testing/muntra.ts';
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

/** `muntra`: one whose database holds the numbers. */
export async function audit(outcomes: Outcomes, site: string, muntra: Pick<Muntra, 'rows'>): Promise<Audit> {
  const rows = await muntra.rows(
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
