/**
 * A plausible month of a small site, as lines of an import: a blog with a newsletter and a shop, read more on weekdays
 * than on weekends, and one post that made the rounds. The same in every run but for its dates.
 */

import type { ImportedEvent } from '../../server/contract/transfer.ts';
import { createRandom, type Random } from '../../server/random.ts';

export const DEMO_SITE = 'demo';
export const DEMO_HOST = 'paperboat.example';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DAYS = 30;
const VISITORS_A_DAY = 60;

type Weighted<T> = readonly (readonly [weight: number, value: T])[];

const PAGES: Weighted<string> = [
  [30, '/'],
  [18, '/blog/folding-a-boat-that-floats'],
  [12, '/blog/paper-for-wet-weather'],
  [9, '/shop'],
  [7, '/blog/a-fleet-of-forty'],
  [6, '/shop/kraft-paper-a3'],
  [5, '/about'],
  [4, '/blog/2026/letters-from-readers-who-sailed-their-boats-down-the-river'],
  [3, '/newsletter'],
  [2, '/blog/折り紙の舟'],
];

const SOURCES: Weighted<string> = [
  [40, ''],
  [22, 'https://www.google.com/'],
  [9, 'https://duckduckgo.com/'],
  [8, 'https://news.ycombinator.com/item?id=1'],
  [7, 'https://mastodon.social/@paperboat'],
  [5, 'https://www.reddit.com/r/origami/'],
  [4, 'https://www.bing.com/'],
  [3, 'https://lobste.rs/'],
];

/** Country, language, time zone. */
const HOMES: Weighted<readonly [string, string, string]> = [
  [24, ['US', 'en-US', 'America/New_York']],
  [16, ['DE', 'de-DE', 'Europe/Berlin']],
  [12, ['SE', 'sv-SE', 'Europe/Stockholm']],
  [11, ['GB', 'en-GB', 'Europe/London']],
  [8, ['FR', 'fr-FR', 'Europe/Paris']],
  [7, ['JP', 'ja-JP', 'Asia/Tokyo']],
  [6, ['IN', 'en-IN', 'Asia/Kolkata']],
  [5, ['BR', 'pt-BR', 'America/Sao_Paulo']],
];

/** Browser, version, system, version, device, screen. */
const DEVICES: Weighted<readonly [string, string, string, string, string, string]> = [
  [26, ['Chrome', '141', 'Windows', '11', 'desktop', '1920x1080']],
  [20, ['Mobile Safari', '26.1', 'iOS', '26.1', 'mobile', '393x852']],
  [17, ['Mobile Chrome', '142', 'Android', '16', 'mobile', '412x915']],
  [12, ['Firefox', '144', 'Linux', '', 'desktop', '2560x1440']],
  [10, ['Safari', '26.1', 'macOS', '26', 'desktop', '1512x982']],
  [6, ['Edge', '142', 'Windows', '10', 'desktop', '1536x864']],
  [4, ['Mobile Safari', '18.6', 'iOS', '18.6', 'tablet', '820x1180']],
];

/** Events until `now` (unix milliseconds), day after day. */
export function* demoHistory(now: number): Generator<ImportedEvent> {
  const random = createRandom(7);
  const today = Math.floor(now / DAY) * DAY;
  for (let day = today - (DAYS - 1) * DAY; day <= today; day += DAY) {
    const visitors = Math.round(VISITORS_A_DAY * interest(day, today) * (0.85 + 0.3 * random.next()));
    for (let i = 0; i < visitors; i++) {
      for (const event of visit(random, day)) if (Number(event.created_at) < now) yield event;
    }
  }
}

/** Weekends are quiet; eleven days ago a post was passed around, and it took a few days to calm down. */
function interest(day: number, today: number): number {
  const weekday = new Date(day).getUTCDay();
  const since = (day - (today - 11 * DAY)) / DAY;
  return (weekday === 0 || weekday === 6 ? 0.6 : 1) * (since < 0 ? 1 : 1 + 3 * 0.5 ** since);
}

function* visit(random: Random, day: number): Generator<ImportedEvent> {
  const [country, language, timezone] = draw(random, HOMES);
  const [browser, browserVersion, os, osVersion, device, screen] = draw(random, DEVICES);
  const source = draw(random, SOURCES);
  const who = {
    site_id: DEMO_SITE,
    visitor_hash: random.hash(),
    ...{
      ua_browser: browser,
      ua_browser_version: browserVersion,
      ua_os: os,
      ua_os_version: osVersion,
      ua_device: device,
    },
    ...{ country, language, timezone, screen, viewport: screen },
  };
  const pause = random.next() < 0.25 ? 3 * HOUR : 0;
  // Two draws: most come around noon.
  let at = day + Math.floor(((random.next() + random.next()) / 2) * (DAY - HOUR));
  const pages = random.next() < 0.45 ? 1 : 2 + random.below(4);
  for (let page = 0; page < pages; page++) {
    const url = `https://${DEMO_HOST}${draw(random, PAGES)}${source.includes('mastodon') ? '?utm_source=mastodon' : ''}`;
    const event = (name: string) => ({ ...who, created_at: at, event_name: name, url });
    yield { ...event('pageview'), ...(page === 0 && source !== '' && { referrer: source }) };
    at += Math.floor(10_000 + random.wait(90_000));
    if (random.next() < 0.04) {
      yield { ...event('subscribe'), event_data: { plan: random.next() < 0.3 ? 'paper' : 'email' } };
    }
    yield event('engagement');
    // Some come back after lunch.
    if (page === 1) at += pause;
  }
}

function draw<T>(random: Random, choices: Weighted<T>): T {
  let left = random.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, value] of choices) {
    if (left < weight) return value;
    left -= weight;
  }
  throw new Error('nothing to draw from');
}
