/** The ledger of turned-away events, from memory to `drops_daily` and `bots_daily`. */
import addSql from '../../schema/queries/drops.add.sql';
import type { DropLedger } from '../ingest/drops.ts';
import type { Store } from '../store/postgres.ts';

/** On a failure the counts go back to the ledger; if it hid a commit they count twice, which a tally may. */
export async function storeDrops(store: Store, ledger: DropLedger): Promise<void> {
  const counts = ledger.take();
  if (counts.length === 0) return;
  try {
    await store.query(addSql, [
      counts.map(({ site }) => site),
      counts.map(({ day }) => day),
      counts.map(({ reason }) => reason),
      counts.map(({ bot }) => bot),
      counts.map(({ events }) => events),
    ]);
  } catch (error) {
    ledger.giveBack(counts);
    throw error;
  }
}
