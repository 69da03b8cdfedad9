/** Who comes to the sites of a plausible past, and what for: browsers of real user agents, pages and sources after Zipf. */
import UserAgent from 'user-agents';
import { readAgent } from '../ingest/agent.ts';
import type { Event } from '../ingest/event.ts';
import type { Random } from '../random.ts';

const AGENTS = 2_000;
const PATHS = 20_000;
const REFERRERS = 500;
const COUNTRIES = [
  'US',
  'DE',
  'GB',
  'SE',
  'FR',
  'IN',
  'NL',
  'CA',
  'BR',
  'ES',
  'PL',
  'IT',
  'JP',
  'AU',
  'CH',
  'AT',
] as const;
const LANGUAGES = ['en-US', 'de-DE', 'en-GB', 'sv-SE', 'fr-FR', 'nl-NL', 'pt-BR', 'es-ES', 'pl-PL', 'ja-JP'] as const;
const TIMEZONES = [
  'America/New_York',
  'Europe/Berlin',
  'Europe/London',
  'Europe/Stockholm',
  'Asia/Kolkata',
  'Asia/Tokyo',
] as const;

export type Browser = Pick<
  Event,
  'browser' | 'browserVersion' | 'os' | 'osVersion' | 'device' | 'screen' | 'viewport' | 'pixelRatio'
>;

/** Those that most people have, most of them first. */
export function browsers(): Browser[] {
  return UserAgent.top(AGENTS).map(({ userAgent, screenWidth, screenHeight }) =>
    browser(userAgent, screenWidth, screenHeight),
  );
}

function browser(userAgent: string, width: number, height: number): Browser {
  const { bot: _, ...agent } = readAgent(userAgent);
  return {
    ...agent,
    screen: `${width}x${height}`,
    viewport: `${width}x${height - 120}`,
    pixelRatio: width < 1000 ? 3 : 1,
  };
}

/** Where somebody lives. */
export function home(random: Random): Pick<Event, 'country' | 'language' | 'timezone'> {
  return {
    country: COUNTRIES[random.zipf(COUNTRIES.length)] ?? null,
    language: LANGUAGES[random.zipf(LANGUAGES.length)] ?? null,
    timezone: TIMEZONES[random.zipf(TIMEZONES.length)] ?? null,
  };
}

/** Where a visit comes from: half of them nowhere, one in twenty a campaign. */
export function origin(random: Random): Partial<Event> {
  const chance = random.next();
  if (chance < 0.5) return {};
  if (chance < 0.95) return { referrerDomain: `www-${random.zipf(REFERRERS)}.example.org`, referrerPath: '/' };
  const [utmSource, utmMedium] = random.pick([
    ['newsletter', 'email'],
    ['mastodon', 'social'],
    ['ads', 'cpc'],
  ]) as [string, string];
  const utmCampaign = `campaign-${random.zipf(20)}`;
  return {
    query: `utm_source=${utmSource}&utm_medium=${utmMedium}&utm_campaign=${utmCampaign}`,
    utmSource,
    utmMedium,
    utmCampaign,
  };
}

/** An event of the site's own. */
export function custom(random: Random): Pick<Event, 'name' | 'data'> {
  const plan = random.pick(['free', 'pro', 'team']);
  return random.pick([
    { name: 'signup', data: JSON.stringify({ plan, seats: 1 + random.zipf(20) }) },
    { name: 'download', data: JSON.stringify({ file: `release-${random.zipf(12)}.zip` }) },
    { name: 'search', data: null },
  ]);
}

const SECTIONS = ['blog', 'docs', 'guides', 'shop', 'news'] as const;

export function page(random: Random): string {
  const rank = random.zipf(PATHS);
  return rank === 0 ? '/' : `/${SECTIONS[rank % SECTIONS.length]}/page-number-${rank}`;
}
