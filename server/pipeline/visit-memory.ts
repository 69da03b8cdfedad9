/**
 * The last stored events of visitors who came of late, so that the flush need not read all that a visitor left today to
 * find the last of it: of a visitor with 100,000 events, a load test say, that takes 50 ms, in every batch. Two megabytes,
 * in sets of eight: who comes to a full set displaces the one not seen for longest.
 *
 * What is known here holds as long as nobody else has stored events, which the claims tell. It is for one database: of
 * another one no token is known, and everything is forgotten.
 */
import type { Claim } from './event-writer.ts';
import type { LastStored, VisitorDay } from './visits.ts';

const SETS = 2 ** 14;
const PLACES = 8;
/** Numbers of 52 bits: one for the visitor and the site's day, one for the time of the last event and its visit's. */
const FIELDS = 2;
const SET = PLACES * FIELDS;
/**
 * Two visitors are taken for one if 52 bits of their hashes agree: of 100,000 a day, once in 2,000 years. (Visits have 48 bits
 * of them in their names.)
 */
const KEYS = 2 ** 52;
/** Odd, so that a visitor's site days are far from each other; a product with 26 bits of them is still exact. */
const SPREAD = 0x2545f49;
/** Of a visitor's hash; hexadecimal. */
const DIGITS = 32;
/** Beyond it all is forgotten. */
const MAX_SITE_DAYS = 10_000;

export class VisitMemory {
  readonly #cells = new Float64Array(SETS * SET);
  readonly #siteDays = new Map<string, number>();
  #siteDaysEver = 0;
  #token: string | null = null;

  /** For the transaction that has the claim. Forgets everything unless the one before was ours too. */
  open({ token, before }: Claim): void {
    if (before !== this.#token || this.#siteDays.size > MAX_SITE_DAYS) this.#siteDays.clear();
    this.#token = token;
  }

  recall(visitorDay: VisitorDay): LastStored | undefined {
    const key = this.#keyOf(visitorDay);
    const place = this.#find(key);
    return place === undefined ? undefined : unpack(this.#cells[place + 1] ?? 0, visitorDay.day);
  }

  /** `undefined`: no longer known. Does nothing for a transaction that lost its claim, with its connection. */
  keep(visitorDay: VisitorDay, last: LastStored | undefined, { token }: Claim): void {
    const key = this.#keyOf(visitorDay);
    if (token !== this.#token || Number.isNaN(key)) return;
    const set = setOf(key);
    const place = this.#find(key) ?? set + SET - FIELDS;
    if (last && Number.isInteger(last.at)) {
      this.#cells.copyWithin(set + FIELDS, set, place);
      this.#cells[set] = key;
      this.#cells[set + 1] = pack(last, visitorDay.day);
    } else {
      this.#cells.fill(0, place, place + FIELDS);
    }
  }

  #find(key: number): number | undefined {
    const set = setOf(key);
    for (let place = set; place < set + SET; place += FIELDS) {
      if (this.#cells[place] === key) return place;
    }
    return undefined;
  }

  /** NaN for a visitor that is no hash, as another program may name one: of such nothing is known here. */
  #keyOf({ site, visitor, day }: VisitorDay): number {
    const name = `${day} ${site}`;
    let siteDay = this.#siteDays.get(name);
    if (siteDay === undefined) {
      // Numbers are not given out again: what is kept under a forgotten one is not found.
      siteDay = ++this.#siteDaysEver;
      this.#siteDays.set(name, siteDay);
    }
    return ((visitor.length === DIGITS ? Number(`0x${visitor.slice(0, 13)}`) : Number.NaN) + siteDay * SPREAD) % KEYS;
  }
}

const setOf = (key: number): number => (key % SETS) * SET;

/** Milliseconds of the last event above the second of the visit, both of the day, which has 2^17 seconds at most. */
function pack({ at, start }: LastStored, day: number): number {
  return (at - day) * 2 ** 17 + (start - day / 1000);
}

function unpack(packed: number, day: number): LastStored {
  return { at: day + Math.floor(packed / 2 ** 17), start: day / 1000 + (packed % 2 ** 17) };
}
