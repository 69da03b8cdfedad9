import { describe, expect, test } from 'vitest';
import { parseFields, readHit } from './parse.ts';

const hit = (fields: Record<string, unknown>) => readHit(fields);

describe('parseFields', () => {
  test.each(['', '{', 'null', '[]', '"text"', '1', '{"a":1}x', `${'['.repeat(4000)}${']'.repeat(4000)}`])(
    'refuses %#',
    text => {
      expect(() => parseFields(text)).toThrow(/the body is not/);
    },
  );
});

describe('readHit', () => {
  test('of an empty object is a pageview of nowhere', () => {
    expect(hit({})).toEqual({
      url: '',
      referrer: '',
      name: 'pageview',
      screen: null,
      viewport: null,
      timezone: null,
      language: null,
      pixelRatio: null,
      data: null,
      webdriver: false,
      seen: false,
    });
  });

  test('cuts what is too long', () => {
    const long = 'x'.repeat(300);
    const { name, screen, viewport, timezone, language } = hit({
      name: long,
      screen: long,
      viewport: long,
      timezone: long,
      language: long,
    });
    expect([name, screen, viewport, timezone, language].map(text => text?.length)).toEqual([100, 24, 24, 64, 16]);
  });

  test.each([
    [{ url: 1 }, 'url is not a text'],
    [{ referrer: {} }, 'referrer is not a text'],
    [{ name: [] }, 'name is not a text'],
    [{ screen: 1920 }, 'screen is not a text'],
    [{ pixel_ratio: '2' }, 'pixel_ratio is not a number'],
    [{ data: [1] }, 'data is not an object'],
    [{ data: 'x' }, 'data is not an object'],
    [{ data: { text: 'x'.repeat(2040) } }, 'data is larger than 2048 bytes'],
    [{ data: { text: 'é'.repeat(1020) } }, 'data is larger than 2048 bytes'],
    [{ data: Object.fromEntries([...Array(21).keys()].map(key => [key, 1])) }, 'data has more than 20 properties'],
    [{ data: { a: { b: { c: { d: { e: {} } } } } } }, 'data is nested deeper than 5 levels'],
  ])('names the field that it refuses: %j', (fields, problem) => {
    expect(() => hit(fields)).toThrow(problem);
  });

  test('null is as good as left out', () => {
    const fields = { url: null, referrer: null, name: null, screen: null, pixel_ratio: null, data: null };
    expect(hit(fields)).toEqual(hit({}));
  });

  test.each([
    [2, 2],
    [1.100000023841858, 1.1],
    [0, null],
    [-1, null],
    [1e9, null],
  ])('pixel ratio %d', (given, kept) => {
    expect(hit({ pixel_ratio: given }).pixelRatio).toBe(kept);
  });

  test('data is kept as JSON text', () => {
    expect(hit({ data: { plan: 'pro', n: 1, deep: { a: [true, null] } } }).data).toBe(
      '{"plan":"pro","n":1,"deep":{"a":[true,null]}}',
    );
    expect(hit({ data: {} }).data).toBeNull();
  });
});
