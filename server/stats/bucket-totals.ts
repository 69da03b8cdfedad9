/** Totals of the buckets of a range, added up from wherever they come. */

export interface Totals {
  visitors: number;
  visits: number;
  pageviews: number;
  bounces: number;
  duration_ms: number;
}

/** Of a slice of a `Selection`, counted from 1; -1: to be taken off again. */
export type SliceTotals = Totals & { slice: number; sign?: 1 | -1 };

export class BucketTotals {
  /** Where each bucket begins, ascending; it ends where the next begins. */
  readonly starts: number[];
  readonly totals: Totals[];

  constructor(starts: number[]) {
    this.starts = starts;
    this.totals = starts.map(() => ({ visitors: 0, visits: 0, pageviews: 0, bounces: 0, duration_ms: 0 }));
  }

  add(bucket: number, figures: Totals, sign: 1 | -1 = 1): void {
    const total = this.totals[bucket];
    if (!total) return;
    total.visitors += sign * figures.visitors;
    total.visits += sign * figures.visits;
    total.pageviews += sign * figures.pageviews;
    total.bounces += sign * figures.bounces;
    total.duration_ms += sign * figures.duration_ms;
  }

  /** `starts`: where the slices begin, ascending; each lies in one bucket. */
  addSlices(rows: SliceTotals[], starts: number[]): void {
    let bucket = -1;
    const buckets = starts.map(slice => {
      while ((this.starts[bucket + 1] ?? Number.POSITIVE_INFINITY) <= slice) bucket++;
      return bucket;
    });
    for (const { slice, sign, ...figures } of rows) this.add(buckets[slice - 1] ?? -1, figures, sign);
  }
}
