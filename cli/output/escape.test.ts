import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from './escape.ts';

describe('printable', () => {
  it.each([
    ['/blog/2025', '/blog/2025'],
    ['\x1b[2J\x1b[31mred', '\\x1b[2J\\x1b[31mred'],
    ['\u009b31m', '\\x9b31m'],
    ['a\tb\r\nc\x7f', 'a\\x09b\\x0d\\x0ac\\x7f'],
    ['/safe/\u202egpj.exe', '/safe/\\u202egpj.exe'],
    ['pay\u200bpal', 'pay\\u200bpal'],
    ['\ufeffbom\u00ad', '\\ufeffbom\\xad'],
    ['half \ud83d', 'half \\ud83d'],
    ['tag \u{e0041}', 'tag \\u{e0041}'],
    ['/日本語/å', '/日本語/å'],
    ['👩‍👩‍👧‍👦 🇸🇪 ❤️ 1️⃣', '👩‍👩‍👧‍👦 🇸🇪 ❤️ 1️⃣'],
    ['a\u200d👩', 'a\\u200d👩'],
  ])('shows %j as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('keeps a few marks on a letter and shows the rest of a pile', () => {
    expect(printable(`e${'\u0301'.repeat(6)}`)).toBe(`e${'\u0301'.repeat(4)}\\u0301\\u0301`);
  });

  it('shows everything beyond ASCII as escapes where the terminal would misread it', () => {
    expect(printable('/é/🎉', false)).toBe('/\\xe9/\\u{1f389}');
  });

  it('leaves nothing that a terminal would obey, and changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const shown = printable(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u);
        expect(printable(shown)).toBe(shown);
        expect(printable(text, false)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});
