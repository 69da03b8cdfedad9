import { describe, expect, it } from 'vitest';
import { bytes, compact, count, countryName, dateRange, duration } from './format.ts';

describe('numbers', () => {
  it('are grouped, or shortened for an axis', () => {
    expect(count(1234567)).toBe('1,234,567');
    expect([0, 950, 12_345, 4_560_000].map(compact)).toEqual(['0', '950', '12.3K', '4.56M']);
  });

  it('are sizes', () => {
    const sizes = [0, 1023, 1024, 3.4 * 2 ** 20, 140 * 2 ** 20, 2 ** 40, 2 ** 60];
    expect(sizes.map(bytes)).toEqual(['0 B', '1023 B', '1.0 KB', '3.4 MB', '140 MB', '1.0 TB', '1048576 TB']);
  });

  it.each([
    [0, '0s'],
    [59.6, '1m 00s'],
    [134, '2m 14s'],
    [3780, '1h 03m'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('dateRange', () => {
  const at = (text: string) => Date.parse(text);

  it('names whole days of the zone, the last one included', () => {
    expect(dateRange(at('2025-10-23T22:00Z'), at('2025-11-22T23:00Z'), 'Europe/Stockholm')).toBe(
      '24 Oct - 22 Nov 2025',
    );
    expect(dateRange(at('2025-11-01T00:00Z'), at('2025-11-02T00:00Z'), 'UTC')).toBe('1 Nov 2025');
  });

  it('names the times where a day is not whole', () => {
    expect(dateRange(at('2025-11-21T15:00Z'), at('2025-11-22T15:00Z'), 'UTC')).toBe(
      '21 Nov 2025, 15:00 - 22 Nov 2025, 15:00',
    );
    expect(dateRange(at('2025-11-22T00:00Z'), at('2025-11-22T15:00Z'), 'UTC')).toBe('22 Nov 2025, 00:00 - 15:00');
  });
});

describe('countryName', () => {
  it('is English, and leaves alone what is no country', () => {
    expect(['SE', 'XX', 'zz', ''].map(countryName)).toEqual(['Sweden', 'XX', 'zz', '']);
  });
});
