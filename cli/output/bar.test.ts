import { describe, expect, it } from 'vitest';
import { bar, sparkline } from './bar.ts';

describe('bar', () => {
  it('has half cells, and shows anything above nothing', () => {
    expect([1, 0.55, 0.001, 0].map(share => bar(share, 10, true))).toEqual(['━━━━━━━━━━', '━━━━━╸', '╸', '']);
    expect([1, 0.55, 0.001, 0].map(share => bar(share, 10, false))).toEqual(['##########', '######', '#', '']);
  });
});

describe('sparkline', () => {
  it('stands on a base line, the largest value at full height', () => {
    expect(sparkline([0, 1, 50, 100], 10, true)).toBe('▁▂▄█');
    expect(sparkline([0, 1, 50, 100], 10, false)).toBe('_.:#');
    expect(sparkline([0, 0], 10, true)).toBe('▁▁');
  });

  it('draws more values than cells as means', () => {
    expect(sparkline([100, 0, 0, 0], 2, true)).toBe('█▁');
  });
});
