/**
 * The last stored events of visitors who came of late, so that the flush need not read all that a visitor left today to
 * find the last of it. Four megabytes at most: each visitor has one place, and whoever comes there later displaces it.
 *
 * What is known here holds as long as nobody else has stored events. The one row of `event_writer` tells: it has the
 * token of the transaction that stored last, and one that was rolled back has left none. Its lock lets one transaction
 * of all instances store events at a time, which visits need anyway: two would not see each other's events.
 */
import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { LastStored, VisitorDay } from './visits.ts';

const CLAIM = 'UPDATE event_writer SET token = $1, before = token RETURNING before';
const PLACES = 100_000;
/** Three numbers of 52 bits for the visitor and the site's day; time of the last event, begin of its visit. */
const FIELDS = 5;
/** Beyond it all is forgotten. */
const MAX_SITE_DAYS = 10_000;

export class VisitMemory {
  readonly #cells = new Float64Array(PLACES * FIELDS);
  readonly #siteDays = new Map<string, number>();
  #siteDaysEver = 0;
  #token = '';

  /** Waits for the other transactions that store events. Answers the token that `keep` wants. */
  async claim(client: PoolClient): Promise<string> {
    const token = randomUUID();
    const { rows } = await client.query<{ before: string | null }>(CLAIM, [token]);
    if (rows[0]?.before !== this.#token || this.#siteDays.size > MAX_SITE_DAYS) this.#siteDays.clear();
    this.#token = token;
    return token;
  }

  recall(visitorDay: VisitorDay): LastStored | undefined {
    const { offset, key } = this.#locate(visitorDay);
    const [a, b, c, at, start] = this.#cells.subarray(offset, offset + FIELDS);
    if (a !== key[0] || b !== key[1] || c !== key[2] || at === undefined || start === undefined) return undefined;
    return { at, start };
  }

  /** `undefined`: no longer known. Does nothing for a transaction that lost its claim, with its connection. */
  keep(visitorDay: VisitorDay, last: LastStored | undefined, token: string): void {
    if (token !== this.#token) return;
    const { offset, key } = this.#locate(visitorDay);
    this.#cells.set(last ? [...key, last.at, last.start] : [0, 0, 0], offset);
  }

  #locate({ site, visitor, day }: VisitorDay): { offset: number; key: [number, number, number] } {
    const name = `${day} ${site}`;
    let siteDay = this.#siteDays.get(name);
    if (siteDay === undefined) {
      // Numbers are not given out again: entries of a day that was forgotten are never found.
      siteDay = ++this.#siteDaysEver;
      this.#siteDays.set(name, siteDay);
    }
    const [high, middle, low] = [hex(visitor, 0, 13), hex(visitor, 13, 26), hex(visitor, 26, 32)];
    return { offset: (middle % PLACES) * FIELDS, key: [high, middle, low + siteDay * 2 ** 24] };
  }
}

const hex = (digits: string, from: number, to: number): number => Number.parseInt(digits.slice(from, to), 16);
