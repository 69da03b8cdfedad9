/**
 * Pageviews of the last 30 minutes. The API has no buckets of a minute, but its totals of a minute come with those of the
 * minute before: 15 questions at first, then one or two, since only the last two minutes still change.
 */
import type { Client } from '../client.ts';

export const MINUTE = 60_000;
export const MINUTES = 30;

export interface Minute {
  /** Its start, unix milliseconds. */
  x: number;
  pageviews: number;
}

export type ReadMinutes = (now: number) => Promise<Minute[]>;

/** Answers oldest first, the running minute last. */
export function minuteReader(client: Client, site: string, filters: string[]): ReadMinutes {
  const known = new Map<number, number>();
  return async now => {
    const last = now - (now % MINUTE);
    const starts = Array.from({ length: MINUTES }, (_, i) => last - (MINUTES - 1 - i) * MINUTE);
    const asked = starts.filter(
      (x, i) => i % 2 === 1 && (x >= last - 2 * MINUTE || !known.has(x) || !known.has(x - MINUTE)),
    );
    const answers = asked.map(async x => {
      const { pageviews } = await client.stats({ site, from: x, to: x + MINUTE, filters });
      known.set(x, pageviews.value).set(x - MINUTE, pageviews.prev);
    });
    await Promise.all(answers);
    for (const x of known.keys()) if (x < last - MINUTES * MINUTE) known.delete(x);
    return starts.map(x => ({ x, pageviews: known.get(x) ?? 0 }));
  };
}
