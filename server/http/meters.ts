/**
 * What is counted since the start, for `/metrics`. By hand: loading prom-client takes 8 MB of private memory (20 MB RSS),
 * a fifth of what the whole process may have.
 */

/** Upper ends in seconds: what a question must reach warm, cold, and with an unrolled day; then the bad ones. */
export const QUERY_BUCKETS = [0.005, 0.015, 0.05, 0.12, 0.5, 2, 10];

export interface Histogram {
  /** As many as QUERY_BUCKETS; each counts what is not in one before it. */
  counts: number[];
  count: number;
  /** Seconds. */
  sum: number;
}

export interface Meters {
  /** Events that `/collect` kept. */
  kept: number;
  /** By question: `stats`, `fleet`, ... */
  readonly queries: ReadonlyMap<string, Histogram>;
  /** `question`: as its route names it. */
  observe(question: string, seconds: number): void;
}

export function createMeters(): Meters {
  const queries = new Map<string, Histogram>();
  return {
    kept: 0,
    queries,
    observe(question, seconds) {
      const histogram = queries.get(question) ?? { counts: QUERY_BUCKETS.map(() => 0), count: 0, sum: 0 };
      queries.set(question, histogram);
      const bucket = QUERY_BUCKETS.findIndex(end => seconds <= end);
      if (bucket >= 0) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
      histogram.count++;
      histogram.sum += seconds;
    },
  };
}
