import { describe, expect, it } from 'vitest';
import { cut, pad, widthOf } from './width.ts';

describe('widthOf', () => {
  it.each([
    ['abc', 3],
    ['日本語', 6],
    ['한국어', 6],
    ['ｱｲｳ', 3],
    ['👩‍👩‍👧‍👦', 2],
    ['🇸🇪', 2],
    ['❤️', 2],
    ['e\u0301', 1],
    ['', 0],
  ])('of %s is %i cells', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });
});

describe('cut', () => {
  it('keeps both ends of a path', () => {
    expect(cut('/blog/2025/11/a-long-story', 13, 'middle', '…')).toBe('/blog/…-story');
  });

  it('cuts at the end where asked', () => {
    expect(cut('a long title', 7, 'end', '...')).toBe('a lo...');
  });

  it('cuts between characters, never through one', () => {
    expect(cut('日本語日本語', 6, 'middle', '…')).toBe('日…語');
    expect(cut('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 5, 'end', '…')).toBe('👩‍👩‍👧‍👦👩‍👩‍👧‍👦…');
  });

  it('leaves alone what fits, and gives nothing where not even the mark fits', () => {
    expect(cut('/short', 6, 'middle', '…')).toBe('/short');
    expect(cut('/short', 2, 'middle', '...')).toBe('');
  });
});

describe('pad', () => {
  it('fills up in cells', () => {
    expect(pad('日本', 6)).toBe('日本  ');
    expect(pad('12', 5, 'right')).toBe('   12');
  });
});
