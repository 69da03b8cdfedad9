import { expect, test } from 'vitest';
import { decodeEvent } from '../testing/decode-event.ts';
import { readRow } from './event.ts';
import { encodeGoEvent } from './go-event.ts';

const AT = Date.UTC(2025, 0, 1);
const decode = (values: unknown) => decodeEvent(encodeGoEvent(JSON.stringify(values), AT));
const least = { site_id: 'mysite', visitor_hash: 'a'.repeat(32) };

test('every column', () => {
  expect(
    decode({
      ...least,
      session_hash: 'a'.repeat(32),
      url_path: '/p',
      url_query: 'utm_source=news&x=1',
      referrer_domain: 'example.org',
      referrer_path: '/from',
      ua_browser: 'Firefox',
      ua_browser_version: '140.0',
      ua_os: 'Linux',
      ua_os_version: '',
      ua_device: 'desktop',
      language: 'sv-SE',
      screen: '1920x1080',
      viewport: '1200x800',
      timezone: 'Europe/Stockholm',
      pixel_ratio: 1.5,
      event_name: 'signup',
      event_data: { plan: 'pro' },
      created_at: '2025-06-30T23:59:59.123456Z',
    }),
  ).toMatchObject({
    at: Date.UTC(2025, 5, 30, 23, 59, 59, 123),
    site: 'mysite',
    visitor: 'a'.repeat(32),
    name: 'signup',
    path: '/p',
    query: 'utm_source=news&x=1',
    utmSource: 'news',
    referrerDomain: 'example.org',
    referrerPath: '/from',
    browser: 'Firefox',
    browserVersion: '140.0',
    os: 'Linux',
    osVersion: null,
    device: 'desktop',
    country: null,
    language: 'sv-SE',
    screen: '1920x1080',
    viewport: '1200x800',
    timezone: 'Europe/Stockholm',
    pixelRatio: 1.5,
    data: '{"plan":"pro"}',
  });
});

test('what is missing has a default', () => {
  expect(decode(least)).toMatchObject({
    at: AT,
    name: 'pageview',
    path: '',
    query: null,
    data: null,
    pixelRatio: null,
  });
});

test.each([
  ['2025-06-30T12:00:00+02:00', Date.UTC(2025, 5, 30, 10)],
  [Date.UTC(2025, 5, 30), Date.UTC(2025, 5, 30)],
  [Date.UTC(2025, 5, 30) / 1000, Date.UTC(2025, 5, 30)],
  ['yesterday', AT],
])('the time %s', (created_at, at) => {
  expect(decode({ ...least, created_at }).at).toBe(at);
});

test('what PostgreSQL would refuse is cleaned', () => {
  expect(decode({ ...least, url_path: 'a\0b', event_data: { a: '\0' } })).toMatchObject({
    path: 'ab',
    data: '{"a":""}',
  });
});

test('an event named as the time reports goes on being counted', () => {
  expect(decode({ ...least, event_name: 'engagement' }).name).toBe('custom engagement');
});

test.each(['', 'x', '[]', 'null', '"a"', '{}'])('%s is no event, and stays visible', text => {
  expect(() => readRow(Buffer.from(encodeGoEvent(text, AT)))).toThrow();
});

test('no text is too long for the rows of an index, but the query, which has none', () => {
  const long = '日'.repeat(1500);
  const event = decode({ ...least, url_query: long, referrer_domain: long, language: long });
  expect([event.query, event.referrerDomain, event.language].map(text => text?.length)).toEqual([1000, 800, 800]);
});
