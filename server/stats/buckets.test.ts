import { expect, test } from 'vitest';
import type { Unit } from '../contract/stats.ts';
import { bucketStarts } from './buckets.ts';

const at = (text: string): number => Date.parse(text);
const starts = (from: string, to: string, unit: Unit, zone: string): string[] =>
  bucketStarts({ from: at(from), to: at(to) }, unit, zone).map(start => new Date(start).toISOString().slice(0, 16));

test('hours, days and months of UTC, the first one from before the range', () => {
  expect(starts('2026-03-01T10:20Z', '2026-03-01T12:00Z', 'hour', 'UTC')).toEqual([
    '2026-03-01T10:00',
    '2026-03-01T11:00',
  ]);
  expect(starts('2026-02-27T10:20Z', '2026-03-01T00:01Z', 'day', 'UTC')).toEqual([
    '2026-02-27T00:00',
    '2026-02-28T00:00',
    '2026-03-01T00:00',
  ]);
  expect(starts('2025-12-31T10:20Z', '2026-02-01T00:00Z', 'month', 'UTC')).toEqual([
    '2025-12-01T00:00',
    '2026-01-01T00:00',
  ]);
});

test('UTC, which is not asked of Intl, is as any zone without daylight saving', () => {
  for (const unit of ['minute', 'hour', 'day', 'month'] as const) {
    const range = ['1969-12-31T23:10:20Z', '1970-01-02T03:04:05Z'] as const;
    expect(starts(...range, unit, 'UTC')).toEqual(starts(...range, unit, 'Africa/Abidjan'));
  }
});

test('days follow daylight saving', () => {
  expect(starts('2026-03-28T12:00Z', '2026-03-30T12:00Z', 'day', 'Europe/Stockholm')).toEqual([
    '2026-03-27T23:00',
    '2026-03-28T23:00',
    '2026-03-29T22:00',
  ]);
  expect(starts('2026-10-24T22:00Z', '2026-10-26T00:00Z', 'day', 'Europe/Stockholm')).toEqual([
    '2026-10-24T22:00',
    '2026-10-25T23:00',
  ]);
  expect(starts('2026-03-01T00:00Z', '2026-05-01T00:00Z', 'month', 'America/New_York')).toEqual([
    '2026-02-01T05:00',
    '2026-03-01T05:00',
    '2026-04-01T04:00',
  ]);
});

test('the hour that comes twice is two buckets, also where the clock moves by half an hour', () => {
  expect(starts('2026-10-25T00:00Z', '2026-10-25T02:00Z', 'hour', 'Europe/Stockholm')).toEqual([
    '2026-10-25T00:00',
    '2026-10-25T01:00',
  ]);
  expect(starts('2026-04-04T14:00Z', '2026-04-04T16:00Z', 'hour', 'Australia/Lord_Howe')).toEqual([
    '2026-04-04T14:00',
    '2026-04-04T15:00',
    '2026-04-04T15:30',
  ]);
});

test('minutes, through the hour that comes twice', () => {
  expect(starts('2026-03-01T10:20:30Z', '2026-03-01T10:22:00Z', 'minute', 'Asia/Kathmandu')).toEqual([
    '2026-03-01T10:20',
    '2026-03-01T10:21',
  ]);
  expect(starts('2026-10-25T00:00Z', '2026-10-25T02:00Z', 'minute', 'Europe/Stockholm')).toHaveLength(120);
});

test('hours of a zone off the hour begin off the hour', () => {
  expect(starts('2026-01-01T00:00Z', '2026-01-01T01:00Z', 'hour', 'Asia/Kathmandu')).toEqual([
    '2025-12-31T23:15',
    '2026-01-01T00:15',
  ]);
});

test('a day without a midnight begins when it begins', () => {
  expect(starts('2026-09-05T12:00Z', '2026-09-07T12:00Z', 'day', 'America/Santiago')).toEqual([
    '2026-09-05T04:00',
    '2026-09-06T04:00',
    '2026-09-07T03:00',
  ]);
});

test('a day that a zone left out has no bucket', () => {
  expect(starts('2011-12-29T12:00Z', '2011-12-31T12:00Z', 'day', 'Pacific/Apia')).toEqual([
    '2011-12-29T10:00',
    '2011-12-30T10:00',
    '2011-12-31T10:00',
  ]);
});

test('a range of too many buckets is refused', () => {
  expect(() => bucketStarts({ from: 0, to: at('2026-01-01') }, 'hour', 'UTC')).toThrow('too many buckets');
  expect(() => bucketStarts({ from: 0, to: at('1970-03-01') }, 'minute', 'UTC')).toThrow('too many buckets');
});
