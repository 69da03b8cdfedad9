/** The ledger of turned-away events, from memory to `drops_daily`. */
import type { DropLedger } from '../ingest/drops.ts';
import type { Store } from '../store/postgres.ts';

const ADD = `INSERT INTO drops_daily AS d (site_id, day, reason, events)
  SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::bigint[]) AS u (site_id, day, reason, events)
  ORDER BY site_id, day, reason
  ON CONFLICT (site_id, day, reason) DO UPDATE SET events = d.events + excluded.events`;

/** On a failure the counts go back to the ledger; if it hid a commit they count twice, which a tally may. */
export async function storeDrops(store: Store, ledger: DropLedger): Promise<void> {
  const counts = ledger.take();
  if (counts.length === 0) return;
  try {
    await store.query(ADD, [
      counts.map(({ site }) => site),
      counts.map(({ day }) => day),
      counts.map(({ reason }) => reason),
      counts.map(({ events }) => events),
    ]);
  } catch (error) {
    ledger.giveBack(counts);
    throw error;
  }
}
