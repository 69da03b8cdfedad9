/** Numbers, durations and dates for people, in English. */
import type { Unit } from '../../server/contract/stats.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** `12,345` */
export const count = (value: number): string => whole.format(value);

/** `12.3K`, for axes. */
export const compact = (value: number): string => short.format(value);

/** `1 event`, `12,345 events` */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** In powers of 1024, two or three digits: `512 B`, `3.4 MB`, `140 MB`. */
export function bytes(value: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(value, 1)) / 10), UNITS.length - 1);
  const amount = value / 1024 ** power;
  return `${amount.toFixed(power > 0 && amount < 10 ? 1 : 0)} ${UNITS[power]}`;
}

/** Of seconds: `45s`, `2m 05s`, `1h 03m`. */
export function duration(seconds: number): string {
  const rounded = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(rounded / 3600), Math.floor(rounded / 60) % 60, rounded % 60];
  if (hours > 0) return `${hours}h ${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m ${two(rest)}s` : `${rest}s`;
}

const two = (value: number): string => String(value).padStart(2, '0');

const DATE = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** `12 Nov 2025` in a time zone. */
export const date = (time: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, ...DATE }).format(time);

/** [from, to) as `24 Oct - 22 Nov 2025`, or as `21 Nov 2025, 15:00 - 22 Nov 2025, 15:00` where it has parts of days. */
export function dateRange(from: number, to: number, timeZone: string): string {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, ...CLOCK });
  const wholeDays = [from, to].every(time => clock.format(time) === '00:00');
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, ...DATE, ...(!wholeDays && CLOCK) });
  return format
    .formatRange(from, wholeDays ? to - 1 : to)
    .replace(/\s*–\s*/, ' - ')
    .replace(/\s/g, ' ');
}

const LABELS: Record<Unit, Intl.DateTimeFormatOptions> = {
  minute: CLOCK,
  hour: CLOCK,
  day: { day: 'numeric', month: 'short' },
  month: { month: 'short', year: 'numeric' },
};

/** Names buckets of a chart: `14:00`, `24 Oct`, `Nov 2025`. */
export function bucketLabels(unit: Unit, timeZone: string): (time: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, ...LABELS[unit] });
  return time => format.format(time);
}

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });

/** `SE` -> `Sweden`; what is not a country code stays as it is. */
export const countryName = (code: string): string => (/^[A-Z]{2}$/.test(code) ? (countries.of(code) ?? code) : code);

/** `14:37:05` in a time zone. */
export const timeOfDay = (time: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, ...CLOCK, second: '2-digit' }).format(time);
