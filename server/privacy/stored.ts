/** What is stored of an event, in words: each of its columns has to have some, or this does not compile. */
import type { StoredColumn } from '../contract/privacy.ts';
import type { Place } from '../ingest/enrich.ts';
import type { EVENT_COLUMNS, Event } from '../ingest/event.ts';

type Column = (typeof EVENT_COLUMNS)[keyof Event] | 'session_hash';

const WORDS: Record<Column, [what: string, example: string]> = {
  created_at: ['when it came', '2025-11-22 14:37:00'],
  site_id: ['the site', 'mysite'],
  visitor_hash: ['hash made with the salt of the day', '5c0e8b1f0d4a4a3e9b1c7d2e6f3a8b90'],
  session_hash: ['the visit', '5c0e8b1f0d4a-6921c9ac'],
  event_name: ['pageview or another event', 'pageview'],
  event_data: ['what the site says of a custom event', '{"plan": "pro"}'],
  url_path: ['the page', '/pricing'],
  url_query: ['query of its address', 'utm_source=mail'],
  utm_source: ['campaign, from the query', 'mail'],
  utm_medium: ['campaign, from the query', 'newsletter'],
  utm_campaign: ['campaign, from the query', 'autumn'],
  utm_term: ['campaign, from the query', 'analytics'],
  utm_content: ['campaign, from the query', 'button'],
  referrer_domain: ['host of the page before', 'news.example.org'],
  referrer_path: ['its path without the query', '/item/1'],
  ua_browser: ['browser', 'Firefox'],
  ua_browser_version: ['its version', '133'],
  ua_os: ['operating system', 'Windows'],
  ua_os_version: ['its version', '10'],
  ua_device: ['kind of device', 'desktop'],
  country: ['country of the address', 'SE'],
  region: ['region of the address', 'Skåne'],
  city: ['city of the address', 'Malmö'],
  language: ['language of the browser', 'sv-SE'],
  screen: ['size of the screen', '1920x1080'],
  viewport: ['size of the window', '1200x800'],
  timezone: ['time zone of the browser', 'Europe/Stockholm'],
  pixel_ratio: ['pixels of the screen to one of CSS', '2'],
};

const PLACES: readonly string[] = ['country', 'region', 'city'] satisfies (keyof Place)[];

/** `places`: what can be told of an address; of the others nothing is stored. */
export function storedColumns(places: readonly (keyof Place)[]): StoredColumn[] {
  const told: readonly string[] = places;
  return Object.entries(WORDS)
    .filter(([column]) => !PLACES.includes(column) || told.includes(column))
    .map(([column, [what, example]]) => ({ column, what, example }));
}

export const NEVER_STORED = [
  'IP addresses: used while an event is taken, in no table, file or log',
  'user agents: only what is listed above is taken from them',
  'cookies, or anything else on the device of the visitor',
  'what would tell that visits of two days are by the same visitor',
];
