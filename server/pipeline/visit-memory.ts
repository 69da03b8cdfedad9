/**
 * The last stored events of visitors who came of late, so that the flush need not read all that a visitor left today to
 * find the last of it: of a visitor with 100,000 events, a load test say, that takes 50 ms, in every batch. Four megabytes,
 * in sets of eight: who comes to a full set displaces the one not seen for longest.
 *
 * What is known here holds as long as nobody else has stored events, which the claims tell. It is for one database: of
 * another one no token is known, and everything is forgotten.
 */
import type { Claim } from './event-writer.ts';
import type { LastStored, VisitorDay } from './visits.ts';

const SETS = 2 ** 14;
const PLACES = 8;
/** Numbers of 52 bits: three for the visitor and the site's day, one for the time of the last event and its visit's. */
const FIELDS = 4;
const SET = PLACES * FIELDS;
/** Beyond it all is forgotten. */
const MAX_SITE_DAYS = 10_000;

export class VisitMemory {
  readonly #cells = new Float64Array(SETS * SET);
  readonly #siteDays = new Map<string, number>();
  #siteDaysEver = 0;
  #token: string | null = null;
  /** Of what was looked for last: its numbers, and where its set begins. One for all, as there is one for each event. */
  readonly #key = new Float64Array(FIELDS - 1);
  #set = 0;

  /** For the transaction that has the claim. Forgets everything unless the one before was ours too. */
  open({ token, before }: Claim): void {
    if (before !== this.#token || this.#siteDays.size > MAX_SITE_DAYS) this.#siteDays.clear();
    this.#token = token;
  }

  recall(visitorDay: VisitorDay): LastStored | undefined {
    const place = this.#find(visitorDay);
    return place === undefined ? undefined : unpack(this.#cells[place + FIELDS - 1] ?? 0, visitorDay.day);
  }

  /** `undefined`: no longer known. Does nothing for a transaction that lost its claim, with its connection. */
  keep(visitorDay: VisitorDay, last: LastStored | undefined, { token }: Claim): void {
    if (token !== this.#token) return;
    const place = this.#find(visitorDay) ?? this.#set + SET - FIELDS;
    if (last && Number.isInteger(last.at)) {
      this.#cells.copyWithin(this.#set + FIELDS, this.#set, place);
      this.#cells.set(this.#key, this.#set);
      this.#cells[this.#set + FIELDS - 1] = pack(last, visitorDay.day);
    } else {
      this.#cells.fill(0, place, place + FIELDS);
    }
  }

  #find(visitorDay: VisitorDay): number | undefined {
    this.#lookFor(visitorDay);
    const [cells, key] = [this.#cells, this.#key];
    for (let place = this.#set; place < this.#set + SET; place += FIELDS) {
      if (cells[place] === key[0] && cells[place + 1] === key[1] && cells[place + 2] === key[2]) return place;
    }
    return undefined;
  }

  #lookFor({ site, visitor, day }: VisitorDay): void {
    const name = `${day} ${site}`;
    let siteDay = this.#siteDays.get(name);
    if (siteDay === undefined) {
      // Numbers are not given out again: what is kept under a forgotten one is never found.
      siteDay = ++this.#siteDaysEver;
      this.#siteDays.set(name, siteDay);
    }
    const first = hex(visitor, 0, 13);
    this.#key[0] = first;
    this.#key[1] = hex(visitor, 13, 26);
    this.#key[2] = hex(visitor, 26, 32) + siteDay * 2 ** 24;
    this.#set = (first % SETS) * SET;
  }
}

const hex = (digits: string, from: number, to: number): number => Number.parseInt(digits.slice(from, to), 16);

/** Milliseconds of the last event above the second of the visit, both of the day, which has 2^17 seconds at most. */
function pack({ at, start }: LastStored, day: number): number {
  return (at - day) * 2 ** 17 + (start - day / 1000);
}

function unpack(packed: number, day: number): LastStored {
  return { at: day + Math.floor(packed / 2 ** 17), start: day / 1000 + (packed % 2 ** 17) };
}
