/**
 * Events that were turned away, counted by site, UTC day and reason, robots by their name too, until the flush stores
 * them. Only ids of known sites get here, all others share '', and so many names a day, so that nobody outside can make it grow.
 */
import type { DropReason, Drops } from '../contract/site.ts';

export interface DropCount {
  /** '' where the site is not one of ours. */
  site: string;
  /** UTC, `2025-06-30`. */
  day: string;
  reason: DropReason;
  /** Which robot; '' where the reason is another one. */
  bot: string;
  events: number;
}

export interface DropLedger {
  count(site: string, reason: DropReason, bot?: string): void;
  /** Of all sites, since the start. */
  readonly totals: Readonly<Drops>;
  /** What no flush has taken yet. */
  waiting(): DropCount[];
  /** Hands over all counts and forgets them. */
  take(): DropCount[];
  /** Takes counts back that could not be stored. */
  giveBack(counts: DropCount[]): void;
}

/** Beyond it, while the store is away for long, further sites are counted under ''. */
const MAX_COUNTS = 10_000;
/** Names of robots in a day; those that come later are `others`. */
const MAX_BOTS = 100;
const DAY = 86_400_000;

export function createDropLedger(now: () => number): DropLedger {
  let counts = new Map<string, DropCount>();
  const totals: Drops = {};

  const add = ({ site, day, reason, bot, events }: DropCount): void => {
    const key = `${day} ${reason} ${site} ${bot}`;
    const known = counts.get(key);
    if (known) known.events += events;
    else if (site !== '' && counts.size >= MAX_COUNTS) add({ site: '', day, reason, bot, events });
    else counts.set(key, { site, day, reason, bot, events });
  };

  let today = { number: Number.NaN, name: '', bots: new Set<string>() };
  const thisDay = (): typeof today => {
    const number = Math.floor(now() / DAY);
    if (number !== today.number) {
      today = { number, name: new Date(number * DAY).toISOString().slice(0, 10), bots: new Set() };
    }
    return today;
  };

  /** The name to count it by. */
  const known = (bot: string, { bots }: typeof today): string => {
    if (bot !== '' && bots.size < MAX_BOTS) bots.add(bot);
    return bot === '' || bots.has(bot) ? bot : 'others';
  };

  return {
    count(site, reason, bot = '') {
      totals[reason] = (totals[reason] ?? 0) + 1;
      const day = thisDay();
      add({ site, day: day.name, reason, bot: known(bot, day), events: 1 });
    },
    totals,
    waiting: () => [...counts.values()],
    take() {
      const taken = [...counts.values()];
      counts = new Map();
      return taken;
    },
    giveBack: given => given.forEach(add),
  };
}
