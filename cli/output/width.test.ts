import { describe, expect, it } from 'vitest';
import { cut, pad, widthOf, wrap } from './width.ts';

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

describe('wrap', () => {
  it.each([
    ['1,203 bots, 12 other origin', 12, ['1,203 bots,', '12 other', 'origin']],
    ['abcdefgh', 3, ['abc', 'def', 'gh']],
    ['日本語 日本', 5, ['日本', '語', '日本']],
    ['日', 1, ['日']],
    ['fits', 4, ['fits']],
    ['', 4, []],
  ])('%s in %i cells', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});

describe('pad', () => {
  it('fills up in cells', () => {
    expect(pad('日本', 6)).toBe('日本  ');
    expect(pad('12', 5, 'right')).toBe('   12');
  });
});
