import { describe, expect, it } from 'vitest';
import { beside } from './beside.ts';
import { paint } from './line.ts';

const color = { columns: 80, color: true, unicode: true };
const plain = { ...color, color: false };

describe('paint', () => {
  it('escapes what is printed and colours around it', () => {
    const line = [{ text: 'a\x1b[0m', style: 'bad' as const }, { text: ' b' }];
    expect(paint([line], color)).toBe('\x1b[31ma\\x1b[0m\x1b[39m b\n');
    expect(paint([line], plain)).toBe('a\\x1b[0m b\n');
  });

  it('leaves no spaces at the ends of lines', () => {
    expect(paint([[{ text: 'a ' }, { text: '  ', style: 'bar' }], []], color)).toBe('a\n\n');
  });
});

describe('beside', () => {
  it('sets two blocks side by side, the shorter one filled with nothing', () => {
    const block = (...texts: string[]) => texts.map(text => [{ text }]);
    expect(paint(beside(block('日本', 'b', 'c'), block('1', '2'), 6), plain)).toBe('日本  1\nb     2\nc\n');
  });
});
