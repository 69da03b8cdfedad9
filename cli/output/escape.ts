/**
 * Text from outside made safe to print. Whatever a terminal would obey, reorder or hide is shown as an escape (`\x1b`,
 * `\u202e`), so that a page's path can neither move the cursor nor pass for another one. Done twice it changes nothing.
 */

/** A whole emoji, which may hold joiners and variation selectors, or else one thing that must not be printed as it is. */
const SUSPECT =
  /(\p{RGI_Emoji})|[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?<=\p{M}{4})\p{M}/gv;

/** Without `unicode` everything beyond ASCII is escaped: to such a terminal it would be bytes of another meaning. */
export function printable(text: string, unicode = true): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const safe = text.replace(SUSPECT, (found, emoji?: string) => emoji ?? escaped(found));
  return unicode ? safe : safe.replace(/[^\x20-\x7e]/gu, escaped);
}

function escaped(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
