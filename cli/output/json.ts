/** JSON for machines that a person may still look at: what a terminal would obey or hide is written as `\uXXXX`. */

const SUSPECT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Indented JSON text with a newline at its end; parses to the same value as `JSON.stringify` would give. */
export function json(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(SUSPECT, found =>
    found === '\n' ? found : unicodeEscape(found),
  );
  return `${text}\n`;
}

/** Every UTF-16 unit by itself, as JSON writes what lies beyond 0xffff. */
function unicodeEscape(character: string): string {
  return character
    .split('')
    .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
