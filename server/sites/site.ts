/** What a site may be called and which settings it may have. */
import { MuntraError } from '../errors.ts';
import { readOriginRule } from './origin.ts';

const ID = /^[a-zA-Z0-9_.-]{1,64}$/;
export const MAX_SITES = 10_000;
const MAX_ORIGINS = 100;
const MAX_RETENTION = 36_500;

export const isSiteId = (id: string): boolean => ID.test(id);

/** Throws MuntraError `bad_request`, as the others here. */
export function checkSiteId(id: string): string {
  if (isSiteId(id)) return id;
  throw new MuntraError(
    'bad_request',
    `"${id.slice(0, 100)}" cannot be the name of a site`,
    'use 1 to 64 letters, digits, dots, dashes and underscores',
  );
}

/** Neither the store nor an earlier run has told which sites there are. */
export const sitesNotReady = (): MuntraError =>
  new MuntraError('not_ready', 'the sites are not known yet', 'try again in a few seconds; `/ready` tells when');

/** Without doubles, in order. */
export function checkOrigins(origins: readonly string[]): string[] {
  if (origins.length <= MAX_ORIGINS) return [...new Set(origins.map(readOriginRule))].sort();
  throw new MuntraError('bad_request', `more than ${MAX_ORIGINS} origins`, 'use a wildcard such as *.example.com');
}

/** An IANA name, in its usual spelling: `europe/stockholm` -> `Europe/Stockholm`. */
export function checkTimezone(timezone: string): string {
  // Not asked of Intl, for its memory: see server/stats/clock.ts.
  if (timezone === 'UTC') return timezone;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
  } catch {
    const problem = `"${timezone.slice(0, 100)}" is not a time zone`;
    throw new MuntraError('bad_request', problem, 'use an IANA name such as Europe/Stockholm or UTC');
  }
}

/** Whole days, 0 for ever, null for what the server says. */
export function checkRetention(days: number | null): number | null {
  if (days === null || (Number.isInteger(days) && days >= 0 && days <= MAX_RETENTION)) return days;
  throw new MuntraError(
    'bad_request',
    `${days} is not a number of days from 0 to ${MAX_RETENTION}`,
    'give whole days, 0 for ever, or null for what MUNTRA_RETENTION says',
  );
}
