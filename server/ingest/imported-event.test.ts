import { describe, expect, test } from 'vitest';
import type { ImportedEvent } from '../contract/transfer.ts';
import type { Event } from './event.ts';
import { readImported } from './imported-event.ts';
import { Malformed } from './parse.ts';

const HASH = '0123456789abcdef0123456789abcdef';
const LEAST: ImportedEvent = { created_at: '2025-11-30T12:00:00.123Z', site_id: 'mysite', visitor_hash: HASH };

const read = (given: object = {}, site?: string): Event => readImported(JSON.stringify({ ...LEAST, ...given }), site);

describe('a line', () => {
  test('needs no more than a time, a site and a visitor', () => {
    const event = read();
    expect(event).toMatchObject({ at: Date.UTC(2025, 10, 30, 12, 0, 0, 123), site: 'mysite', visitor: HASH });
    expect(event).toMatchObject({ name: 'pageview', path: '', query: null, data: null, pixelRatio: null });
  });

  test('keeps the columns of an export as they are', () => {
    const path = '/100%25/日本';
    expect(
      read({ url_path: path, url_query: 'utm_source=a', pixel_ratio: 1.25, event_data: { a: null } }),
    ).toMatchObject({
      path,
      query: 'utm_source=a',
      utmSource: null,
      pixelRatio: 1.25,
      data: '{"a":null}',
    });
  });

  test('may have whole addresses and the user agent in their place', () => {
    const event = read({
      url: 'https://www.example.com/caf%C3%A9?utm_source=mail&x=1',
      referrer: 'https://www.news.example/item?id=1',
      user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0',
    });
    expect(event).toMatchObject({ path: '/café', query: 'utm_source=mail&x=1', utmSource: 'mail' });
    expect(event).toMatchObject({ referrerDomain: 'news.example', referrerPath: '/item' });
    expect(event).toMatchObject({ browser: 'Firefox', browserVersion: '132', os: 'Linux', device: 'desktop' });
    expect(read({ url: 'https://example.com/a', referrer: 'https://www.example.com/b' }).referrerDomain).toBe(null);
  });

  test('belongs to the site that the import is told', () => {
    expect(read({ site_id: undefined }, 'other').site).toBe('other');
  });

  test('may name the visitor as it likes', () => {
    const [first, second] = [read({ visitor_hash: 'user 1' }), read({ visitor_hash: 'user 2' })];
    expect(first.visitor).toMatch(/^[\da-f]{32}$/);
    expect(first.visitor).not.toBe(second.visitor);
    expect(read({ visitor_hash: 'user 1' }).visitor).toBe(first.visitor);
  });

  test('is made fit to store', () => {
    expect(read({ url_path: '/a\0b\ud800', event_data: { a: '\0' }, country: '' })).toMatchObject({
      path: '/ab\ufffd',
      data: '{"a":""}',
      country: null,
    });
    expect(read({ url_path: 'x'.repeat(5000) }).path).toHaveLength(800);
  });

  test.each([
    ['2025-11-30T12:00:00.123456+01:00', Date.UTC(2025, 10, 30, 11, 0, 0, 123)],
    ['2025-11-30T12:00:00', Date.UTC(2025, 10, 30, 12)],
    ['2025-11-30', Date.UTC(2025, 10, 30)],
    [1764504000000, Date.UTC(2025, 10, 30, 12)],
    [1764504000000.7, Date.UTC(2025, 10, 30, 12)],
  ])('has its time as %j', (created_at, at) => {
    expect(read({ created_at }).at).toBe(at);
  });

  test.each([
    [{ created_at: undefined }, /created_at/],
    [{ created_at: null }, /created_at/],
    [{ created_at: 'yesterday' }, /created_at/],
    [{ created_at: 1764504000 }, /created_at/],
    [{ created_at: '2225-11-30' }, /created_at/],
    [{ site_id: '' }, /site_id is missing/],
    [{ visitor_hash: undefined }, /visitor_hash is missing/],
    [{ visitor_hash: 12 }, /visitor_hash is not a text/],
    [{ country: {} }, /country is not a text/],
    [{ pixel_ratio: '1' }, /pixel_ratio is not a number/],
    [{ event_data: [] }, /event_data is not an object/],
    [{ event_data: { a: 'x'.repeat(9000) } }, /event_data is longer/],
    [{ user_agent: 'Googlebot/2.1 (+http://www.google.com/bot.html)' }, /robot/],
    [{ more: 'x'.repeat(20_000) }, /line is longer/],
  ])('is refused: %j', (given, reason) => {
    expect(() => read(given)).toThrow(Malformed);
    expect(() => read(given)).toThrow(reason);
  });

  test.each(['', 'x', '[]', 'null', '"a"'])('is refused: %s', line => {
    expect(() => readImported(line, undefined)).toThrow(Malformed);
  });
});
