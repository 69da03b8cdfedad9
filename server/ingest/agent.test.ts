import { expect, test } from 'vitest';
import { readAgent } from './agent.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

test.each([
  [CHROME, 'Chrome 131', 'Windows 10', 'desktop'],
  [`${CHROME} Edg/131.0.2903.86`, 'Edge 131', 'Windows 10', 'desktop'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15',
    'Safari 17.6',
    'macOS 10.15',
    'desktop',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0', 'Firefox 133', 'Linux null', 'desktop'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
    'Mobile Safari 17.6',
    'iOS 17.6',
    'mobile',
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
    'Mobile Chrome 131',
    'Android 10',
    'mobile',
  ],
  [
    'Mozilla/5.0 (Linux; Android 13; SM-X900) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    'Chrome 131',
    'Android 13',
    'tablet',
  ],
  [
    'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/94.0.4606.128 Safari/537.36 WebAppManager',
    'Chrome 94',
    'webOS 23',
    null,
  ],
  ['something else', 'null null', 'null null', null],
])('%s', (userAgent, browser, os, device) => {
  const agent = readAgent(userAgent);
  expect([`${agent.browser} ${agent.browserVersion}`, `${agent.os} ${agent.osVersion}`, agent.device]).toEqual([
    browser,
    os,
    device,
  ]);
});

test('knows robots', () => {
  expect(readAgent(CHROME).bot).toBeNull();
  expect(readAgent('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)').bot).toBe('Googlebot');
  expect(readAgent('curl/8.5.0').bot).toBe('curl');
});

test('a long agent costs no more than a short one', () => {
  const started = performance.now();
  for (let i = 0; i < 100; i++) readAgent(`${i} ${'Mozilla/5.0 (a;'.repeat(1000)}`);
  expect(performance.now() - started).toBeLessThan(2000);
});
