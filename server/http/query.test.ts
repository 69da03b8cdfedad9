import { describe, expect, test } from 'vitest';
import { sampleSite } from '../testing/sample-site.ts';
import { readFilters, readGrouping, readLimit, readRange, readSite, readUnit } from './query.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2025, 6, 1);
const query = (text: string) => new URLSearchParams(text);
const refused = (name: string) =>
  expect.objectContaining({ code: 'bad_request', message: expect.stringContaining(`parameter ${name} `) });

describe('readRange', () => {
  test.each([
    ['', NOW - 30 * DAY, NOW],
    ['to=2592000001', 1, 2_592_000_001],
    ['to=1000', 0, 1000],
    [`from=${NOW - 1}`, NOW - 1, NOW],
    ['from=0&to=1', 0, 1],
  ])('%j', (text, from, to) => {
    expect(readRange(query(text), NOW)).toEqual({ from, to });
  });

  test.each([
    ['from=2&to=2', 'from'],
    ['from=3&to=2', 'from'],
    [`from=${NOW}`, 'from'],
    ['from=-1', 'from'],
    ['from=', 'from'],
    ['from=yesterday', 'from'],
    ['from=1.5', 'from'],
    ['from=1e3', 'from'],
    ['to=10413792000001', 'to'],
    ['to=99999999999999999', 'to'],
    ['to=2025-07-01', 'to'],
  ])('refuses %j', (text, name) => {
    expect(() => readRange(query(text), NOW)).toThrow(refused(name));
  });
});

test('readUnit', () => {
  const years = (count: number) => ({ from: 0, to: count * 365 * DAY });
  expect(readUnit(query(''), years(50))).toBe('day');
  expect(readUnit(query('unit=hour'), years(2))).toBe('hour');
  expect(readUnit(query('unit=month'), years(1000))).toBe('month');
  expect(() => readUnit(query('unit=hour'), years(3))).toThrow(refused('unit'));
  expect(() => readUnit(query('unit=week'), years(1))).toThrow(refused('unit'));
  expect(() => readUnit(query('unit='), years(1))).toThrow(refused('unit'));
});

test('readGrouping', () => {
  expect(readGrouping(query('by=url'))).toBe('url');
  expect(readGrouping(query('by=prop:plan&event=signup'))).toEqual({ event: 'signup', property: 'plan' });
  expect(() => readGrouping(query(''))).toThrow(refused('by'));
  expect(() => readGrouping(query('by=constructor'))).toThrow(refused('by'));
  expect(() => readGrouping(query('by=prop:&event=signup'))).toThrow(refused('by'));
  expect(() => readGrouping(query('by=prop:plan'))).toThrow(refused('event'));
});

describe('readLimit', () => {
  test.each([
    ['', 100],
    ['limit=1', 1],
    ['limit=10000', 10_000],
  ])('%j', (text, limit) => {
    expect(readLimit(query(text))).toBe(limit);
  });

  test.each([
    'limit=0',
    'limit=10001',
    'limit=-1',
    'limit=1.5',
    'limit=ten',
    'limit=',
    'limit=1e3',
    'limit=99999999999999999999',
  ])('refuses %j', text => {
    expect(() => readLimit(query(text))).toThrow(refused('limit'));
  });
});

test('readFilters', () => {
  expect(readFilters(query('filter=url:contains:a:b&filter=country:is_not:'))).toEqual([
    { dimension: 'url', op: 'contains', value: 'a:b' },
    { dimension: 'country', op: 'is_not', value: '' },
  ]);
  for (const text of [
    'filter=url',
    'filter=url:is',
    'filter=path:is:/',
    'filter=url:like:/',
    'filter=url:is:%00',
    `filter=url:is:${'x'.repeat(1000)}`,
  ]) {
    expect(() => readFilters(query(text))).toThrow(refused('filter'));
  }
  expect(() => readFilters(query('filter=url:is:a&'.repeat(21)))).toThrow(refused('filter'));
});

test('readSite', () => {
  const site = sampleSite();
  const find = (id: string) => (id === 'mysite' ? site : undefined);
  expect(readSite(query('site=mysite'), { find, ready: true })).toBe(site);
  expect(() => readSite(query('site=other'), { find, ready: true })).toThrow(
    expect.objectContaining({ code: 'unknown_site', hint: expect.stringContaining('muntra sites add other') }),
  );
  expect(() => readSite(query('site=other'), { find, ready: false })).toThrow(
    expect.objectContaining({ code: 'not_ready' }),
  );
  expect(() => readSite(query(''), { find, ready: true })).toThrow(refused('site'));
  expect(() => readSite(query('site=%00'), { find, ready: true })).toThrow(refused('site'));
});
