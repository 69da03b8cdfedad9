import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ImportedEvent } from '../contract/transfer.ts';
import { EVENT_COLUMNS, type Event } from './event.ts';
import { readImported } from './imported-event.ts';
import { Malformed } from './parse.ts';

const HASH = '0123456789abcdef0123456789abcdef';
const LEAST: ImportedEvent = { created_at: '2025-11-30T12:00:00.123Z', site_id: 'mysite', visitor_hash: HASH };

const TEXTS = /^(event_name|url_|referrer_|ua_|country|region|city|language|screen|viewport|timezone|utm_)/;

const read = (given: object = {}, site?: string): Event =>
  readImported(JSON.stringify({ ...LEAST, ...given }), site, () => []);

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

  test.each([
    ...['203.0.113.7', ' 203.0.113.7\n', '203.0.113.7:4711', '2001:db8::7', '2001:DB8::7', '::ffff:203.0.113.7'],
    ...['[2001:db8::7]', '[2001:db8::7]:4711', 'fe80::7%eth0', '203.0.113.7/32', '[2001:db8::7]/64'],
  ])('does not name the visitor by an address: %j', visitor_hash => {
    expect(() => read({ visitor_hash })).toThrow(Malformed);
    expect(() => read({ visitor_hash })).toThrow('visitor_hash is an address: hash it with a secret of your own first');
  });

  test.each(['203.0.113', 'user 203.0.113.7', '::user', 'dead:beef', '7'])('names the visitor %j', visitor_hash => {
    expect(read({ visitor_hash }).visitor).toMatch(/^[\da-f]{32}$/);
  });

  test('is made fit to store', () => {
    expect(read({ url_path: '/a\0b\ud800', event_data: { a: '\0' }, country: '' })).toMatchObject({
      path: '/ab\ufffd',
      data: '{"a":""}',
      country: null,
    });
    expect(read({ url_path: 'x'.repeat(5000) }).path).toHaveLength(800);
  });

  test.each(Object.entries(EVENT_COLUMNS).filter(([, column]) => TEXTS.test(column)))(
    'has a %s that an index row can hold',
    (field, column) => {
      const value = read({ [column]: '日'.repeat(1500) })[field as keyof Event];
      expect(Buffer.byteLength(`${value}`)).toBeGreaterThanOrEqual(column === 'event_name' ? 300 : 2400);
      expect(Buffer.byteLength(`${value}`)).toBeLessThanOrEqual(column === 'url_query' ? 3000 : 2400);
    },
  );

  test.each([
    ['2025-11-30T12:00:00.123456+01:00', Date.UTC(2025, 10, 30, 11, 0, 0, 123)],
    ['2025-11-30T12:00:00', Date.UTC(2025, 10, 30, 12)],
    ['2025-11-30 12:00:00', Date.UTC(2025, 10, 30, 12)],
    ['2025-11-30T12:00Z', Date.UTC(2025, 10, 30, 12)],
    ['2025-11-30 12:00:00.123456789-0330', Date.UTC(2025, 10, 30, 15, 30, 0, 123)],
    ['2025-11-30 12:00:00+01', Date.UTC(2025, 10, 30, 11)],
    ['2025-11-30', Date.UTC(2025, 10, 30)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    [1764504000000, Date.UTC(2025, 10, 30, 12)],
    [1764504000000.7, Date.UTC(2025, 10, 30, 12)],
  ])('has its time as %j', (created_at, at) => {
    expect(read({ created_at }).at).toBe(at);
  });

  test.each([
    [{ created_at: undefined }, /created_at/],
    [{ created_at: null }, /created_at/],
    [{ created_at: 'yesterday' }, /created_at/],
    [{ created_at: true }, /created_at/],
    [{ created_at: [1764504000000] }, /created_at/],
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

  test.each([
    ...['5', 'July 1, 2025', '07/01/2025', '1764504000000', '2025-11', '2025-11-31', '2025-13-01', '2025-11-30T12'],
    ...['2025-11-30  12:00', '2025-11-30T25:00', '2025-11-30T12:60', '2025-11-30T12:00 CET', '2025-11-30Z'],
  ])('has no time in %j', created_at => {
    expect(() => read({ created_at })).toThrow(/^created_at is not a time of/);
  });

  test('has the same time wherever the server stands', async () => {
    const script = `
      import { readImported } from '${import.meta.dirname}/imported-event.ts';
      const times = ['2025-07-01', '2025-07-01 12:00', '2025-07-01T12:00:00', '2025-07-01T12:00:00.5+02:00'];
      const read = created_at => readImported(JSON.stringify({ ...${JSON.stringify(LEAST)}, created_at }), 'mysite', () => []).at;
      console.log(JSON.stringify(times.map(read)), new Date(0).getTimezoneOffset());`;
    const args = [
      '--import',
      `${import.meta.dirname}/../../cli/executable/register.ts`,
      '--input-type=module',
      '-e',
      script,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, TZ: 'Asia/Tokyo' } });
    const times = [
      Date.UTC(2025, 6, 1),
      Date.UTC(2025, 6, 1, 12),
      Date.UTC(2025, 6, 1, 12),
      Date.UTC(2025, 6, 1, 10, 0, 0, 500),
    ];
    expect(stdout).toBe(`${JSON.stringify(times)} -540\n`);
  });

  test.each(['', 'x', '[]', 'null', '"a"'])('is refused: %s', line => {
    expect(() => readImported(line, undefined, () => [])).toThrow(Malformed);
  });
});
