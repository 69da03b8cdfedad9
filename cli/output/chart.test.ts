import { describe, expect, it } from 'vitest';
import { chart } from './chart.ts';
import { paint } from './line.ts';

const unicode = { columns: 60, color: false, unicode: true };
const ascii = { ...unicode, unicode: false };
const points = (values: number[]) => values.map((value, i) => ({ label: `d${i + 1}`, value }));
const draw = (values: number[], terminal = unicode) => paint(chart('Visitors', points(values), 4, terminal), terminal);

describe('chart', () => {
  it('draws columns over labels, the smallest value still seen', () => {
    expect(draw([0, 1, 100, 400, 800, 750, 300])).toMatchInlineSnapshot(`
      "Visitors
         800                             ██████ ▆▆▆▆▆▆
                                         ██████ ██████
         400                      ██████ ██████ ██████ ▄▄▄▄▄▄
                    ▁▁▁▁▁▁ ▄▄▄▄▄▄ ██████ ██████ ██████ ██████
             d1     d2     d3     d4     d5     d6     d7
      "
    `);
  });

  it('does without block characters', () => {
    expect(draw([0, 1, 100, 400, 800, 750, 300], ascii)).toMatchInlineSnapshot(`
      "Visitors
         800                             ###### ::::::
                                         ###### ######
         400                      ###### ###### ###### ::::::
                    ...... :::::: ###### ###### ###### ######
             d1     d2     d3     d4     d5     d6     d7
      "
    `);
  });

  it('draws more points than cells as means, and says so', () => {
    const text = draw(Array.from({ length: 100 }, (_, i) => i));
    expect(text).toContain('each column the mean of 2');
    expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(60);
  });

  it('draws a time without visitors, and one without points', () => {
    expect(draw([0, 0])).toContain('d1');
    expect(draw([])).toContain('Visitors');
  });
});
