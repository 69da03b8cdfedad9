/** Text from outside, made fit to keep: PostgreSQL refuses NUL characters and half surrogate pairs. */

/** Cuts to `max` UTF-16 units, never through a character; NULs are removed and half pairs become U+FFFD. */
export function cleanText(value: string, max: number): string {
  const whole = value.includes('\0') ? value.replaceAll('\0', '') : value;
  return cut(whole, max).toWellFormed();
}

function cut(value: string, max: number): string {
  if (value.length <= max) return value;
  const last = value.charCodeAt(max - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return value.slice(0, splitsPair ? max - 1 : max);
}

/** As `cleanText`, for columns that hold null rather than an empty text. */
export function cleanOrNull(value: string, max: number): string | null {
  return value === '' ? null : cleanText(value, max) || null;
}

/** JSON text as `JSON.stringify` writes it -> the same without NULs and half pairs, which it escapes. */
export function cleanJson(json: string): string {
  if (!json.includes('\\u')) return json;
  return json.replace(/\\(?:u(?:0000|d[89a-f][\da-f]{2})|.)/g, match => (match.length === 6 ? '' : match));
}
