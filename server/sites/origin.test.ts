import { describe, expect, test } from 'vitest';
import { MuntraError } from '../errors.ts';
import { originAllowed, ownDomain, readOriginRule } from './origin.ts';

describe('readOriginRule', () => {
  test.each([
    ['example.com', 'example.com'],
    [' https://Shop.Example.com/ ', 'shop.example.com'],
    ['*.Example.com', '*.example.com'],
    ['https://*.example.com', '*.example.com'],
    ['localhost:3000', 'localhost:3000'],
    ['müller.de', 'xn--mller-kva.de'],
    ['*.müller.de:8080', '*.xn--mller-kva.de:8080'],
    ['192.0.2.1', '192.0.2.1'],
    ['http://[2001:DB8::1]:8080', '[2001:db8::1]:8080'],
  ])('%s', (text, rule) => {
    expect(readOriginRule(text)).toBe(rule);
  });

  test.each([
    '',
    '*',
    '*.',
    'https://',
    'a.*.com',
    'exa mple.com',
    'example.com/path',
    'user@example.com',
    'example.com:99999',
    'ftp://example.com',
    'a\0b',
    `${'a'.repeat(300)}.com`,
    '<b>',
  ])('refuses %j', text => {
    expect(() => readOriginRule(text)).toThrow(MuntraError);
  });
});

describe('originAllowed', () => {
  const rules = ['example.com', '*.example.org', 'localhost:3000', 'secure.example:443', '[2001:db8::1]'];
  const sender = (origin: string, referer: string, host = '', fetchSite = '') => ({ origin, referer, host, fetchSite });

  test.each([
    ['https://example.com', ''],
    ['http://example.com:8080', ''],
    ['https://EXAMPLE.com', ''],
    ['https://a.example.org', ''],
    ['https://a.b.example.org', ''],
    ['http://localhost:3000', ''],
    ['https://secure.example', ''],
    ['https://[2001:db8::1]', ''],
    ['https://[2001:db8::1]:8443', ''],
    ['', 'https://example.com/page?x=1'],
    ['', 'https://example.com'],
    ['null', 'https://example.com/'],
  ])('takes Origin %j, Referer %j', (origin, referer) => {
    expect(originAllowed(rules, sender(origin, referer))).toBe(true);
  });

  test.each([
    ['https://example.com.evil.org', ''],
    ['https://evilexample.com', ''],
    ['https://www.example.com', ''],
    ['https://example.org', ''],
    ['https://evil-example.org', ''],
    ['http://localhost:3001', ''],
    ['http://localhost', ''],
    ['http://secure.example', ''],
    ['https://evil.org', 'https://example.com/'],
    ['https://example.com@evil.org', ''],
    ['', 'https://example.com:x@evil.org/'],
    ['', 'https://evil.org/https://example.com/'],
    ['', 'https://evil.org#example.com'],
    ['', ''],
    ['null', ''],
    ['example.com', ''],
    ['file://example.com', ''],
  ])('refuses Origin %j, Referer %j', (origin, referer) => {
    expect(originAllowed(rules, sender(origin, referer))).toBe(false);
  });

  test('a site without rules takes any', () => {
    expect(originAllowed([], sender('https://anywhere.example', ''))).toBe(true);
    expect(originAllowed([], sender('', ''))).toBe(true);
  });

  test.each(['null', ''])('a page of the own host may hide where it is: Origin %j', origin => {
    for (const host of ['example.com', 'Example.com:8443', 'a.example.org', 'localhost:3000', 'secure.example']) {
      expect(originAllowed(rules, sender(origin, '', host, 'same-origin'))).toBe(true);
    }
    for (const host of ['', 'evil.org', 'localhost:3001', 'example.com@evil.org', 'evil.org/https://example.com']) {
      expect(originAllowed(rules, sender(origin, '', host, 'same-origin'))).toBe(false);
    }
    for (const fetchSite of ['', 'none', 'same-site', 'cross-site']) {
      expect(originAllowed(rules, sender(origin, '', 'example.com', fetchSite))).toBe(false);
    }
    expect(originAllowed(rules, sender(origin, 'https://evil.org/', 'example.com', 'same-origin'))).toBe(false);
    expect(originAllowed(rules, sender(origin, 'https://example.com/', '127.0.0.1', 'same-origin'))).toBe(true);
  });

  test('a page that tells where it is is not asked for its host', () => {
    expect(originAllowed(rules, sender('https://evil.org', '', 'example.com', 'same-origin'))).toBe(false);
  });
});

test('ownDomain knows the hosts of the site without their www', () => {
  const rules = ['www.example.com', '*.example.org', 'localhost:3000'];
  expect(['example.com', 'a.example.org', 'localhost'].every(domain => ownDomain(rules, domain))).toBe(true);
  expect(['shop.example.com', 'other.org'].some(domain => ownDomain(rules, domain))).toBe(false);
});
