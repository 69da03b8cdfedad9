import { expect, test } from 'vitest';
import { median, trendOf } from './trend.ts';

test('a straight line is its own trend, without error', () => {
  const { slope, error } = trendOf([0, 1, 2, 5].map(x => ({ x, y: 3 - 2 * x })));
  expect(slope).toBeCloseTo(-2);
  expect(error).toBeCloseTo(0);
});

test('the error is that of the textbook', () => {
  // Worked by hand: Sxx 10, Sxy 6, the squares off the line add up to 2.4, and 2.4 / 3 / 10 is 0.08.
  const { slope, error } = trendOf([2, 4, 5, 4, 5].map((y, i) => ({ x: i + 1, y })));
  expect(slope).toBeCloseTo(0.6);
  expect(error).toBeCloseTo(Math.sqrt(0.08));
});

test('the median of an even number of values is the mean of the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7]);
  expect(median([])).toBeNaN();
});
