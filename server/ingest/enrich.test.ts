import { describe, expect, test } from 'vitest';
import { sampleSite } from '../testing/sample-site.ts';
import { type Enriched, enrich } from './enrich.ts';
import type { Facts } from './facts.ts';

const NOW = Date.UTC(2025, 6, 1, 12);
const SITE = sampleSite({ origins: ['example.com', 'www.shop.example'] });
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
const place = (ip: string) => (ip === '192.0.2.1' ? { country: 'SE', region: null, city: null } : null);

function run(fields: Record<string, unknown> | string, facts: Partial<Facts> = {}, salt = 'salt'): Enriched {
  const body = typeof fields === 'string' ? fields : JSON.stringify({ site_id: 'mysite', ...fields });
  return enrich(
    {
      at: NOW,
      body,
      ip: '192.0.2.1',
      userAgent: FIREFOX,
      origin: 'https://example.com',
      referer: '',
      host: 'stats.example.com',
      purpose: '',
      brands: '',
      fetchMode: '',
      fetchSite: '',
      from: '',
      ...facts,
    },
    { site: id => (id === SITE.id ? SITE : undefined), place, spam: host => host === 'spam.example', salt },
  );
}

function event(...given: Parameters<typeof run>) {
  const enriched = run(...given);
  if ('drop' in enriched) throw new Error(enriched.why);
  return enriched.event;
}

test('a pageview with all that is known of it', () => {
  const kept = event({
    url: 'https://example.com/pricing?utm_source=news&plan=pro',
    referrer: 'https://www.google.com/search?q=analytics',
    screen: '1920x1080',
    viewport: '1200x800',
    timezone: 'Europe/Stockholm',
    pixel_ratio: 2,
    language: 'sv-SE',
    title: 'Pricing',
  });
  expect(kept).toEqual({
    at: NOW,
    site: 'mysite',
    visitor: expect.stringMatching(/^[\da-f]{32}$/),
    name: 'pageview',
    path: '/pricing',
    query: 'utm_source=news&plan=pro',
    referrerDomain: 'google.com',
    referrerPath: '/search',
    browser: 'Firefox',
    browserVersion: '133',
    os: 'Linux',
    osVersion: null,
    device: 'desktop',
    country: 'SE',
    region: null,
    city: null,
    language: 'sv-SE',
    screen: '1920x1080',
    viewport: '1200x800',
    timezone: 'Europe/Stockholm',
    pixelRatio: 2,
    utmSource: 'news',
    utmMedium: null,
    utmCampaign: null,
    utmTerm: null,
    utmContent: null,
    data: null,
  });
  expect(JSON.stringify(kept)).not.toContain('192.0.2.1');
});

test('a custom event with its properties', () => {
  const kept = event({ name: 'signup', data: { plan: 'pro' } });
  expect([kept.name, kept.data]).toEqual(['signup', '{"plan":"pro"}']);
});

test('a prerendered page that its tracker saw shown', () => {
  expect(event({ url: '/next', webdriver: false }, { purpose: 'prefetch;prerender' }).path).toBe('/next');
});

describe('the visitor', () => {
  const visitor = (facts: Partial<Facts>, salt?: string) => event({}, facts, salt).visitor;

  test('is the same for the same address, agent and salt, and another one for another', () => {
    const known = visitor({});
    expect(visitor({ at: NOW + 1, origin: '', referer: 'https://example.com/a' })).toBe(known);
    expect(visitor({ ip: '192.0.2.2' })).not.toBe(known);
    expect(visitor({ userAgent: `${FIREFOX}.1` })).not.toBe(known);
    expect(visitor({}, 'another')).not.toBe(known);
  });
});

describe('the referrer', () => {
  test.each([
    ['the page itself', 'https://example.com/b', null],
    ['another host of the site', 'https://www.shop.example/b', null],
    ['somewhere else', 'https://other.org/b', 'other.org'],
  ])('%s', (_, referrer, domain) => {
    expect(event({ url: 'https://example.com/', referrer }).referrerDomain).toBe(domain);
  });
});

describe('turns away', () => {
  test.each([
    ['no JSON', run('{'), 'malformed', '', 'the body is not JSON'],
    ['no site', run('{}'), 'malformed', '', 'site_id is not a text'],
    ['an unknown site', run({ site_id: 'other' }), 'unknown_site', '', 'unknown site'],
    ['an inherited name', run({ site_id: '__proto__' }), 'unknown_site', '', 'unknown site'],
    ['another origin', run({}, { origin: 'https://evil.org' }), 'origin', 'mysite', 'origin not allowed for site'],
    ['no origin at all', run({}, { origin: '' }), 'origin', 'mysite', 'origin not allowed for site'],
    ['a file', run({ url: 'file:///C:/Users/Jane/x.html' }), 'origin', 'mysite', 'the page is a file on a disk'],
    ['a bad field', run({ url: 7 }), 'malformed', 'mysite', 'url is not a text'],
    ['a robot', run({}, { userAgent: 'curl/8.5.0' }), 'bot', 'mysite', 'the user agent is known as a robot', 'curl'],
    ['no user agent', run({}, { userAgent: '' }), 'bot', 'mysite', 'the user agent is empty', 'no user agent'],
    [
      'a driven browser',
      run({ webdriver: true }),
      'bot',
      'mysite',
      expect.stringContaining('webdriver'),
      'driven browser',
    ],
    [
      'a browser without a screen',
      run({}, { brands: '"HeadlessChrome";v="138"' }),
      'bot',
      'mysite',
      expect.any(String),
      'headless browser',
    ],
    ['a form', run({}, { fetchMode: 'navigate' }), 'bot', 'mysite', expect.any(String), 'not the tracker'],
    ['a polite robot', run({}, { from: 'bot@search.example' }), 'bot', 'mysite', expect.any(String), 'From header'],
    [
      'spam',
      run({ referrer: 'http://www.spam.example/' }),
      'bot',
      'mysite',
      'the referrer is known for spam',
      'referrer spam',
    ],
    [
      'a prefetch',
      run({}, { purpose: 'prefetch;prerender' }),
      'bot',
      'mysite',
      'the page was loaded ahead of a visit',
      'loaded ahead',
    ],
  ])('%s', (_, enriched, drop, site, why, bot?: string) => {
    expect(enriched).toEqual({ drop, site, why, ...(bot && { bot }) });
  });
});
