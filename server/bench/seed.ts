/**
 * Fills a database with a plausible past, straight into `raw_events`, visits and marks as the flush would have left them.
 * The next hour is made while PostgreSQL takes one.
 */
import { copyRows } from '../pipeline/copy.ts';
import { markDirty } from '../pipeline/marks.ts';
import { ensurePartitions } from '../store/partitions.ts';
import type { Store } from '../store/postgres.ts';
import { type HistoryHour, type HistoryPlan, history, siteName } from './history.ts';

/** Rows in one COPY, as of the flush by default: it decides how the rows of a site lie. */
const BATCH = 500;

/** Events stored; `say` is told how many so far. */
export async function seed(store: Store, plan: HistoryPlan, say: (events: number) => void = () => {}): Promise<number> {
  const sites = Array.from({ length: plan.sites }, (_, i) => siteName(i));
  await store.query('INSERT INTO sites (site_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [sites]);
  let stored = 0;
  let writing: Promise<void> = Promise.resolve();
  for (const hour of history(plan)) {
    await writing;
    say(stored);
    stored += hour.rows.length;
    writing = write(store, hour);
    // A failure is reported where it is awaited.
    writing.catch(() => {});
  }
  await writing;
  await store.query('VACUUM ANALYZE raw_events');
  return stored;
}

async function write(store: Store, { rows, visits }: HistoryHour): Promise<void> {
  const [first] = rows;
  if (!first) return;
  await store.transaction(async client => {
    await ensurePartitions(client, [first.at]);
    for (let i = 0; i < rows.length; i += BATCH) {
      await copyRows(client, rows.slice(i, i + BATCH), visits.slice(i, i + BATCH));
    }
    await markDirty(client, rows);
  });
}
