/** JSON for machines that a person may still look at: what a terminal would obey or hide is written as `\uXXXX`. */

const SUSPECT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Indented, with a newline at its end; parses to the same value as `JSON.stringify` would give. */
export function json(value: unknown): string {
  return `${harmless(JSON.stringify(value, null, 2))}\n`;
}

/** The same on one line. */
export function jsonLine(value: unknown): string {
  return `${harmless(JSON.stringify(value))}\n`;
}

/** JSON text that is as it should be. Line feeds are those of the indentation: in a string JSON has them escaped already. */
export const harmless = (text: string): string =>
  text.replace(SUSPECT, found => (found === '\n' ? found : unicodeEscape(found)));

/** Every UTF-16 unit by itself, as JSON writes what lies beyond 0xffff. */
function unicodeEscape(character: string): string {
  return character
    .split('')
    .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
