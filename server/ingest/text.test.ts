import { describe, expect, test } from 'vitest';
import { cleanJson, cleanOrNull, cleanText } from './text.ts';

describe('cleanText', () => {
  test.each([
    ['plain', 'abc', 8, 'abc'],
    ['cut', 'abcdef', 3, 'abc'],
    ['cut before a pair that would be split', 'ab😀', 3, 'ab'],
    ['cut after a pair', 'ab😀c', 4, 'ab😀'],
    ['NUL', 'a\0b\0', 8, 'ab'],
    ['NULs count for nothing', '\0\0abc', 3, 'abc'],
    ['half pairs', 'a\ud83db\ude00', 8, 'a\ufffdb\ufffd'],
  ])('%s', (_, given, max, expected) => {
    expect(cleanText(given, max)).toBe(expected);
  });

  test('what is left empty is null', () => {
    expect(cleanOrNull('\0', 8)).toBeNull();
    expect(cleanOrNull('', 8)).toBeNull();
    expect(cleanOrNull('0', 8)).toBe('0');
  });
});

test('cleanJson takes out NULs and half pairs, and leaves what only looks like them', () => {
  const value = { 'a\0': 'x\0y', half: '\ud83d!', whole: '😀', text: '\\u0000', control: '\u001b', slash: '\\' };
  const json = cleanJson(JSON.stringify(value));
  expect(JSON.parse(json)).toEqual({
    a: 'xy',
    half: '!',
    whole: '😀',
    text: '\\u0000',
    control: '\u001b',
    slash: '\\',
  });
});
