/** Parsers of option values. Each throws an Error whose message continues "NAME value ...". Imports nothing. */

/** Where to listen; host '' means every interface. */
export interface Address {
  host: string;
  port: number;
}

/** `:8090`, `127.0.0.1:8090`, `[::1]:8090`; port 0 lets the system choose. */
export function parseAddress(value: string): Address {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new Error('is not host:port');
  return { host: match[1] ?? match[2] ?? '', port };
}

/** `https://example.com/muntra` -> `https://example.com/muntra/`; '' stays ''. */
export function parsePublicUrl(value: string): string {
  if (value === '') return '';
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new Error('is not a web address');
  }
  return `${url.origin}${url.pathname.replace(/\/*$/, '/')}`;
}

/**
 * A URL as node-postgres reads it, '' stays ''. Nothing but a URL: of any other text it would make the name of a database, and
 * the mistake would look like an outage.
 */
export function parsePostgresDsn(value: string): string {
  // The host may stand in a parameter instead: postgres://muntra@/muntra?host=/run/postgresql
  const readable = /^postgres(ql)?:\/\//.test(value) && URL.canParse(value.replace('@/', '@localhost/'));
  if (value !== '' && !readable) throw new Error('is not postgres://user:password@host:port/database');
  try {
    decodeURIComponent(value);
  } catch {
    throw new Error('has a % that is not written %25');
  }
  return value;
}

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A Go duration (`90s`, `15m`, `1h30m`) or days (`400d`) -> milliseconds; `0` needs no unit. */
export function parseDuration(value: string): number {
  if (value === '0') return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) throw new Error('is not a duration');
  const parts = value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g);
  return [...parts].reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (DURATION_UNITS[unit] ?? 0), 0);
}

/** As `parseDuration`, and no longer than a timer of Node's can wait: it takes more for no time at all. */
export function parseInterval(value: string): number {
  const interval = parseDuration(value);
  if (interval > 24 * 86_400_000) throw new Error('is longer than 24d');
  return interval;
}

const BYTE_UNITS: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Whole days, as of `parseDuration`. */
export function parseDays(value: string): number {
  const days = parseDuration(value) / 86_400_000;
  if (!Number.isInteger(days)) throw new Error('is not a number of whole days');
  return days;
}

/** `256MB`, `1GiB`, `512K` -> bytes, in powers of 1024. */
export function parseBytes(value: string): number {
  const match = /^(\d+)\s*([KMGT]?)(?:i?B)?$/i.exec(value);
  if (!match) throw new Error('is not a size');
  return Number(match[1]) * (BYTE_UNITS[(match[2] ?? '').toUpperCase()] ?? 1);
}

/** As `parseBytes`, for segments of some events at least: there is no spool without an end, and none of no size. */
export function parseSpoolSize(value: string): number {
  const bytes = parseBytes(value);
  if (bytes < 64 * 2 ** 10) throw new Error('is less than 64KB');
  return bytes;
}

export const parseWhole =
  (min: number, max: number) =>
  (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`is not a whole number from ${min} to ${max}`);
    }
    return number;
  };

/** Events a second; 0: any number. */
export interface RateLimits {
  /** Of one address. */
  visitor: number;
  site: number;
}

/** `10,1000` -> visitor and site; without the second number sites are not limited. */
export function parseRateLimits(value: string): RateLimits {
  const match = /^(\d{1,7})(?:\s*,\s*(\d{1,7}))?$/.exec(value);
  if (!match) throw new Error('is not one or two whole numbers');
  return { visitor: Number(match[1]), site: Number(match[2] ?? 0) };
}

export function parseList(value: string): string[] {
  return value
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '');
}

/** `mysite:example.com,www.example.com|blog:blog.example.com` -> origins by site. */
export function parseSiteOrigins(value: string): Record<string, string[]> {
  const groups = value.split('|').filter(group => group.trim() !== '');
  return Object.fromEntries(
    groups.map(group => {
      const colon = group.indexOf(':');
      if (colon < 1) throw new Error('is not site:host,host|site:host');
      return [group.slice(0, colon).trim(), parseList(group.slice(colon + 1))];
    }),
  );
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One of some words. */
export const parseChoice =
  <const T extends readonly string[]>(values: T) =>
  (value: string): T[number] => {
    const found = values.find(allowed => allowed === value);
    if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`);
    return found;
  };
