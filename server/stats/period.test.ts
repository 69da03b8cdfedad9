import { describe, expect, it } from 'vitest';
import { PERIODS, type PeriodName } from '../contract/stats.ts';
import { MuntraError } from '../errors.ts';
import { bucketStarts } from './buckets.ts';
import { givenPeriod, namedPeriod } from './period.ts';

const NOW = Date.parse('2025-11-22T14:37:00Z');
const at = (text: string) => Date.parse(text);

/** The wall clock of the zone: `2025-11-22 15:00`. */
const clock = (time: number, timeZone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(time);

describe('namedPeriod', () => {
  const shown = (name: PeriodName, zone: string, now = NOW) => {
    const { from, to, previous } = namedPeriod(name, now, zone);
    return [from, to, previous.from, previous.to].map(time => clock(time, zone));
  };

  it.each([
    ['24h', ['2025-11-21 16:00', '2025-11-22 16:00', '2025-11-20 16:00', '2025-11-21 15:37']],
    ['today', ['2025-11-22 00:00', '2025-11-22 16:00', '2025-11-21 00:00', '2025-11-21 15:37']],
    ['7d', ['2025-11-16 00:00', '2025-11-23 00:00', '2025-11-09 00:00', '2025-11-15 15:37']],
    ['30d', ['2025-10-24 00:00', '2025-11-23 00:00', '2025-09-24 00:00', '2025-10-23 15:37']],
    ['month', ['2025-11-01 00:00', '2025-11-23 00:00', '2025-10-01 00:00', '2025-10-22 15:37']],
    ['12mo', ['2024-12-01 00:00', '2025-11-23 00:00', '2023-12-01 00:00', '2024-11-22 15:37']],
  ] as const)('%s follows the clock of the zone', (name, times) => {
    expect(shown(name, 'Europe/Stockholm')).toEqual(times);
  });

  it.each([
    ['today', '2025-03-30T20:00Z', 23],
    ['today', '2025-10-26T20:00Z', 25],
    ['7d', '2025-04-01T20:00Z', 7 * 24 - 1],
    ['30d', '2025-10-31T20:00Z', 30 * 24 + 1],
    ['month', '2025-03-31T20:00Z', 31 * 24 - 1],
  ] as const)('%s at %s is %d hours long where the clocks change', (name, now, hours) => {
    const { from, to } = namedPeriod(name, at(now), 'Europe/Stockholm');
    const end = bucketStarts({ from: at(now), to: at(now) + 86_400_000 }, 'day', 'Europe/Stockholm')[1] ?? 0;
    expect((Math.max(to, end) - from) / 3_600_000).toBe(hours);
    expect(clock(from, 'Europe/Stockholm').slice(11)).toBe('00:00');
  });

  it('compares no more than there was: 31 March with the whole of February', () => {
    expect(shown('month', 'UTC', at('2025-03-31T12:00Z')).slice(2)).toEqual(['2025-02-01 00:00', '2025-03-01 00:00']);
  });

  it.each(['UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham', 'Africa/Cairo'])(
    'always holds the present moment, and what comes before it ends where it begins, in %s',
    zone => {
      for (let now = at('2025-03-01T00:10Z'); now < at('2026-03-01T00:00Z'); now += 241.3 * 3_600_000) {
        for (const name of PERIODS) {
          const { from, to, previous } = namedPeriod(name, now, zone);
          expect(from <= now && now < to && previous.from < previous.to && previous.to <= from).toBe(true);
        }
      }
    },
  );
});

describe('givenPeriod', () => {
  it('takes days of the zone, the last one included', () => {
    const { from, to, previous } = givenPeriod('2025-03-29', '2025-03-30', NOW, 'Europe/Stockholm');
    expect([from, to]).toEqual([at('2025-03-28T23:00Z'), at('2025-03-30T22:00Z')]);
    expect(previous).toEqual({ from: at('2025-03-27T00:00Z'), to: from });
  });

  it('takes times of the zone, times with an offset, and unix milliseconds', () => {
    const start = (text: string) => givenPeriod(text, undefined, NOW, 'Europe/Stockholm').from;
    expect(start('2025-11-01T14:30')).toBe(at('2025-11-01T13:30Z'));
    expect(start('2025-11-01 14:30:05')).toBe(at('2025-11-01T13:30:05Z'));
    expect(start('2025-11-01T14:30Z')).toBe(at('2025-11-01T14:30Z'));
    expect(start('2025-11-01T14:30:00.5-05:00')).toBe(at('2025-11-01T19:30:00.5Z'));
    expect(start('1762000000000')).toBe(1_762_000_000_000);
  });

  it('moves on where the clock skips: a day without a midnight, an hour that never was', () => {
    const start = (text: string, zone: string) => givenPeriod(text, undefined, NOW, zone).from;
    expect(clock(start('2018-11-04', 'America/Sao_Paulo'), 'America/Sao_Paulo')).toBe('2018-11-04 01:00');
    expect(clock(start('2025-03-30T02:30', 'Europe/Stockholm'), 'Europe/Stockholm')).toBe('2025-03-30 03:30');
  });

  it('chooses buckets by length', () => {
    const unit = (from: string, to: string) => givenPeriod(from, to, NOW, 'UTC').unit;
    expect(unit('2025-11-01', '2025-11-02')).toBe('hour');
    expect(unit('2025-11-01', '2025-11-03')).toBe('day');
    expect(unit('2025-01-01', '2025-10-31')).toBe('month');
  });

  it.each([
    ['yesterday', undefined],
    ['2025-13-01', undefined],
    ['2025-02-30', undefined],
    ['2025-11-01', '2025-10-01'],
    ['2026-11-01', undefined],
    ['12', undefined],
  ])('refuses --from %s --to %s with an example', (from, to) => {
    expect(() => givenPeriod(from, to, NOW, 'UTC')).toThrow(MuntraError);
  });
});
