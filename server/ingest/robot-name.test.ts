import { expect, test } from 'vitest';
import { robotName } from './robot-name.ts';

test.each([
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'Googlebot'],
  ['Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)', 'GPTBot'],
  ['facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', 'facebookexternalhit'],
  ['curl/8.5.0', 'curl'],
  ['python-requests/2.32.3', 'python-requests'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36',
    'HeadlessChrome',
  ],
  ['Mozilla/5.0 (compatible; fr-crawler/1.1)', 'fr-crawler'],
  ['http://', 'without a name'],
])('%s', (userAgent, name) => {
  expect(robotName(userAgent)).toBe(name);
});

test('a hostile name is cut to what is harmless', () => {
  expect(robotName(`\x1b[2J=cmd()\u202e,198.51.100.1 ${'x'.repeat(99)}bot`)).toMatch(/^[a-zA-Z][\w-]{0,31}$/);
});
