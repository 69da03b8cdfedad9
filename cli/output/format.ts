/** Numbers, durations and dates for people. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** `12,345` */
export const count = (value: number): string => whole.format(value);

/** `12.3K`, for axes. */
export const compact = (value: number): string => short.format(value);

/** `1 event`, `12,345 events` */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Of seconds: `45s`, `2m 05s`, `1h 03m`. */
export function duration(seconds: number): string {
  const rounded = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(rounded / 3600), Math.floor(rounded / 60) % 60, rounded % 60];
  if (hours > 0) return `${hours}h ${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m ${two(rest)}s` : `${rest}s`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `12 Nov 2025` in a time zone. */
export const date = (time: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short', year: 'numeric' }).format(time);
