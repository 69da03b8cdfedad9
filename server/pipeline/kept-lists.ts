/**
 * Keeps lists of parts of days, such as those of the evening that the last 24 hours begin with: once a question had to read
 * them from events, and took long, the next one finds them. A day's lists go when the day is rolled up anew.
 */
import type { PoolClient } from 'pg';
import keepSql from '../../schema/queries/rollup.partial_list.sql';
import { createLane } from '../buffer/lane.ts';
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { PartialList } from '../stats/breakdown.ts';
import { WHOLE } from '../stats/halves.ts';
import { fill, instant, Selection } from '../stats/selection.ts';
import { wholeList } from '../stats/whole-list.ts';
import type { Store } from '../store/postgres.ts';
import { asRollup } from './rollup-day.ts';

export interface KeptLists {
  /** A question needed the list, and took so many milliseconds. Keeps it, if that was long; never throws. */
  keep(list: PartialList, took: number): void;
  /** Keeps no more, once the list it is at is kept. */
  stop(): Promise<void>;
}

/** Milliseconds. To keep a list takes as long as to read it once. */
const LONG = 10;
/** Hours and days of all time zones begin at one of these. A part that begins at any moment is never asked for again. */
const QUARTER = 15 * 60_000;

/** Lists that wait to be kept: those of a page of reports. Further ones wait for the next question. */
const MOST_WAITING = 32;

export function createKeptLists(store: Store, log: Logger): KeptLists {
  const inTurn = createLane();
  const waiting = new Set<string>();
  let stopped = false;

  async function keepUnlessStopped(list: PartialList): Promise<void> {
    if (!stopped) await asRollup(store, client => keepList(client, list));
  }

  return {
    keep(list, took) {
      const key = JSON.stringify(list);
      if (took < LONG || list.from % QUARTER !== 0 || list.to % QUARTER !== 0) return;
      if (waiting.size >= MOST_WAITING || waiting.has(key)) return;
      waiting.add(key);
      inTurn(() => keepUnlessStopped(list))
        .catch(error => {
          // The store logs its own outages.
          if (!(error instanceof MuntraError)) log.error({ reason: String(error) }, 'a list cannot be kept');
        })
        .finally(() => waiting.delete(key));
    },
    async stop() {
      stopped = true;
      await inTurn(async () => {});
    },
  };
}

/** In a transaction `asRollup`. Does nothing if the day is marked: the marks are read in the same snapshot as the events. */
export async function keepList(client: PoolClient, { site, by, from, to }: PartialList): Promise<void> {
  const selection = new Selection(site, [{ from, to }], []);
  const sql = fill(keepSql, {
    list: wholeList(selection, by, { added: [], kept: [], parts: WHOLE }),
    dimension: selection.bind(by, 'text'),
    from: selection.bind(instant(from), 'timestamptz'),
    to: selection.bind(instant(to), 'timestamptz'),
  });
  await client.query(sql, selection.values);
}
