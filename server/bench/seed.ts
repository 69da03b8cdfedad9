/**
 * Fills a database with a plausible past, straight into `raw_events`, visits as the flush would have left them. Two sessions
 * of PostgreSQL store an hour each while the next one is made.
 */
import { copyRows } from '../pipeline/copy.ts';
import { ensurePartitions } from '../store/partitions.ts';
import type { Store } from '../store/postgres.ts';
import { type HistoryHour, type HistoryPlan, history, siteName } from './history.ts';

/** Rows in one COPY, as of the flush by default: it decides how the rows of a site lie. */
export const BATCH = 2000;
/** Hours that are stored at a time. */
const WRITERS = 2;

/** Nobody has the claim, so ids are not in the order of commits: the marks say that anything may have changed. */
const MARK = 'INSERT INTO dirty_windows (site_id, day) SELECT unnest($1::text[]), $2';

/** Events stored; `say` is told how many so far. */
export async function seed(store: Store, plan: HistoryPlan, say: (events: number) => void = () => {}): Promise<number> {
  const sites = Array.from({ length: plan.sites }, (_, i) => siteName(i));
  await store.query('INSERT INTO sites (site_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [sites]);
  const writing = new Set<Promise<void>>();
  let stored = 0;
  for (const hour of history(plan)) {
    if (writing.size === WRITERS) await Promise.race(writing);
    say(stored);
    stored += hour.rows.length;
    const written = write(store, hour).finally(() => writing.delete(written));
    // A failure is reported where it is awaited.
    written.catch(() => {});
    writing.add(written);
  }
  await Promise.all(writing);
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
    await client.query(MARK, [[...new Set(rows.map(({ site }) => site))], new Date(first.at).toISOString()]);
  });
}
