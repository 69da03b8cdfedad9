import { describe, expect, it } from 'vitest';
import { lineWidth } from './beside.ts';
import { paint } from './line.ts';
import { type Column, table } from './table.ts';
import type { Terminal } from './terminal.ts';

const plain = (columns: number, unicode = true): Terminal => ({ columns, color: false, unicode });
const COLUMNS: Column[] = [
  { title: 'Page', flexible: true },
  { title: 'Events', align: 'right' },
];

describe('table', () => {
  it('sets wide text in line, in cells and not in characters', () => {
    const rows = [
      ['/日本語/案内', '1,204'],
      ['/🎉/👩‍👩‍👧‍👦/🇸🇪', '310'],
      ['/cafe\u0301', '7'],
    ];
    const lines = table(COLUMNS, rows, plain(80));
    expect(new Set(lines.map(lineWidth))).toEqual(new Set([20]));
    expect(paint(lines, plain(80))).toMatchInlineSnapshot(`
      "Page          Events
      /日本語/案内   1,204
      /🎉/👩‍👩‍👧‍👦/🇸🇪        310
      /café              7
      "
    `);
  });

  it('cuts the flexible column in the middle until the table fits', () => {
    const rows = [[`/blog/${'long-'.repeat(30)}end`, '12']];
    const text = paint(table(COLUMNS, rows, plain(40)), plain(40));
    expect(text.split('\n')[1]).toBe('/blog/long-long-…g-long-long-end      12');
  });

  it('fills the width where asked', () => {
    const lines = table(COLUMNS, [['/', '12']], plain(80), { fill: true });
    expect(lines.map(lineWidth)).toEqual([80, 80]);
  });

  it('stays in line and prints no escape sequence, whatever its cells hold', () => {
    const hostile = [
      '\x1b[2J\x1b[H',
      '\u009b31m',
      '\r\noverwritten',
      '\u202egnp.exe',
      'e\u0301\u0301\u0301\u0301\u0301\u0301',
    ];
    for (const terminal of [plain(80), plain(80, false)]) {
      const lines = table(
        COLUMNS,
        hostile.map(text => [text, '1']),
        terminal,
      );
      expect(new Set(lines.map(lineWidth)).size).toBe(1);
      const text = paint(lines, terminal);
      expect(text.split('\n')).toHaveLength(hostile.length + 2);
      expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    }
  });

  it('uses no character beyond ASCII where the locale is not UTF-8', () => {
    const text = paint(table(COLUMNS, [['/å'.repeat(60), '1']], plain(40, false)), plain(40, false));
    expect(text).toMatch(/^[\x0a\x20-\x7e]*$/);
    expect(text).toContain('...');
  });
});
