import { describe, expect, test } from 'vitest';
import { readCampaign, readPage, readReferrer } from './page.ts';

describe('readPage', () => {
  test.each([
    ['https://example.com/', 'example.com', '/', null],
    ['https://example.com', 'example.com', '/', null],
    ['https://Example.COM:8080/A/b', 'example.com', '/A/b', null],
    ['https://user:secret@example.com/a', 'example.com', '/a', null],
    ['https://example.com?x=1', 'example.com', '/', 'x=1'],
    ['https://example.com/a?x=1&y=2#part', 'example.com', '/a', 'x=1&y=2'],
    ['https://example.com/a#part?x=1', 'example.com', '/a', null],
    ['http://[2001:db8::1]:8080/a', '[2001:db8::1]', '/a', null],
    ['/a?x=1', '', '/a', 'x=1'],
    ['/go?to=https://other.org/b', '', '/go', 'to=https://other.org/b'],
    ['', '', '', null],
    ['file:///home/me/page.html', '', '/home/me/page.html', null],
    ['https://example.com/caf%C3%A9/%E6%97%A5', 'example.com', '/café/日', null],
    ['https://example.com/a%2Fb%3Fc%23d', 'example.com', '/a%2Fb%3Fc%23d', null],
    ['https://example.com/100%/%ff', 'example.com', '/100%/%ff', null],
    ['https://example.com/a%00b', 'example.com', '/ab', null],
    ['https://example.com/app?x=1#/route/7?tab=2', 'example.com', '/app#/route/7', 'x=1'],
    ['https://example.com/#!/route', 'example.com', '/#!/route', null],
  ])('%s', (url, host, path, query) => {
    expect(readPage(url)).toEqual({ host, path, query });
  });

  test('cuts long ones', () => {
    const { path, query } = readPage(`/${'é'.repeat(3000)}?${'q'.repeat(3000)}`);
    expect([path.length, query?.length]).toEqual([800, 1000]);
  });
});

describe('readReferrer', () => {
  const page = readPage('https://www.example.com/');

  test.each([
    ['', null],
    ['https://www.google.com/search?q=secret', { domain: 'google.com', path: '/search' }],
    ['https://News.YCombinator.com', { domain: 'news.ycombinator.com', path: '/' }],
    ['android-app://com.google.android.gm/', { domain: 'com.google.android.gm', path: '/' }],
    ['https://other.org.:8443/a', { domain: 'other.org', path: '/a' }],
    ['http://[2001:db8::1]/a', { domain: '[2001:db8::1]', path: '/a' }],
    ['https://example.com/before', null],
    ['https://www.example.com/before', null],
    ['https://shop.example.com/', { domain: 'shop.example.com', path: '/' }],
    ['/before', null],
    ['about:blank', null],
    ['https://\u001b[31mred/', null],
    [`https://${'a'.repeat(300)}/`, null],
  ])('%s', (referrer, expected) => {
    expect(readReferrer(referrer, page)).toEqual(expected);
  });
});

describe('readCampaign', () => {
  test('decodes the five parameters; the first of a name counts', () => {
    const query =
      'utm_source=news+letter&utm_medium=e%2Dmail&utm_campaign=caf%C3%A9&utm_term=100%&utm_content=&utm_source=2';
    expect(readCampaign(query)).toEqual({
      utmSource: 'news letter',
      utmMedium: 'e-mail',
      utmCampaign: 'café',
      utmTerm: '100%',
      utmContent: null,
    });
  });

  test.each([null, 'a=1', 'my_utm_source=1', 'utm_other=1', 'utm_source', '__proto__=utm_1'])('none in %s', query => {
    expect(Object.values(readCampaign(query)).every(value => value === null)).toBe(true);
  });
});
