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

  it('cuts the widest of several first', () => {
    const columns: Column[] = [
      { title: 'Site', flexible: true },
      { title: 'Origins', flexible: true },
    ];
    const text = paint(table(columns, [['a-site-of-20-letters', 'example.com, '.repeat(9)]], plain(50)), plain(50));
    expect(text.split('\n')[1]).toBe('a-site-of-20-letters  example.com, e…example.com,');
  });

  it('fills the width where asked', () => {
    const lines = table(COLUMNS, [['/', '12']], plain(80), { fill: true });
    expect(lines.map(lineWidth)).toEqual([80, 80]);
  });

  describe('with more than there is room for', () => {
    const columns: Column[] = [
      { title: 'Site', flexible: true },
      { title: 'Events', align: 'right' },
      { title: 'Time zone', leaves: 2 },
      { title: 'Turned away', flexible: true, least: 22 },
      { title: 'Trend', style: 'bar', leaves: 1 },
    ];
    const rows = [
      ['mysite', '12,483', 'Europe/Stockholm', '1,203 bots, 12 other origin, 3 malformed', '▁▂▃▄▅▆▇█▇▆▅▄▃▂▁'],
      ['a-site-with-quite-a-long-name', '7', 'UTC', '', ''],
    ];

    it.each([40, 60, 80, 120])('fits %i columns', async width => {
      const lines = table(columns, rows, plain(width));
      expect(Math.max(...lines.map(lineWidth))).toBeLessThanOrEqual(width);
      await expect(paint(lines, plain(width))).toMatchFileSnapshot(`golden/table-${width}.txt`);
    });

    it('fits whatever its cells hold', () => {
      const long = rows.map(row => row.map(text => text.repeat(40)));
      for (const width of [33, 40, 60, 80, 120]) {
        const lines = table(columns, long, plain(width));
        expect(Math.max(...lines.map(lineWidth))).toBeLessThanOrEqual(width);
      }
    });
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
