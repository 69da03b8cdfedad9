/** What waits to be rolled up, in pages: a take-over or a rebuild marks every day of every site. */
import markedSql from '../../schema/queries/rollup.marked.sql';
import monthsSql from '../../schema/queries/rollup.months.sql';
import type { Store } from '../store/postgres.ts';
import { asRollup, type SiteDay } from './rollup-day.ts';

/** A marked day and the newest of its marks. */
export interface Marked extends SiteDay {
  mark: string;
}

/** 156 bytes each. */
const PAGE = 5_000;

/** Oldest first. Both throw MuntraError `store_unavailable`. */
export function markedDays(store: Store): AsyncGenerator<Marked> {
  return inPages(async ({ day, site }) => {
    // As the only one, as it also removes marks: those that stay may be the ones that another instance is just taking.
    return asRollup(store, async client => (await client.query<Marked>(markedSql, [day, site, PAGE])).rows);
  });
}

/** Months that are over on a day, as 2026-01-31, and whose days are all rolled up. */
export function monthsToAddUp(store: Store, today: string): AsyncGenerator<SiteDay> {
  return inPages(({ day, site }) => store.query<SiteDay>(monthsSql, [today, day, site, PAGE]));
}

async function* inPages<T extends SiteDay>(read: (after: SiteDay) => Promise<T[]>): AsyncGenerator<T> {
  let after: SiteDay | undefined = { day: '-infinity', site: '' };
  while (after) {
    const page: T[] = await read(after);
    yield* page;
    after = page[PAGE - 1];
  }
}
