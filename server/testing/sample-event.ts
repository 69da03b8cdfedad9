/** A plain event; a test says only what matters to it. */
import type { Event } from '../ingest/event.ts';

/** Of which nothing is known. */
export const EMPTY_EVENT: Event = {
  at: 0,
  site: '',
  visitor: '',
  name: '',
  path: '',
  query: null,
  referrerDomain: null,
  referrerPath: null,
  browser: null,
  browserVersion: null,
  os: null,
  osVersion: null,
  device: null,
  country: null,
  region: null,
  city: null,
  language: null,
  screen: null,
  viewport: null,
  timezone: null,
  pixelRatio: null,
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  utmTerm: null,
  utmContent: null,
  data: null,
};

export function sampleEvent(given: Partial<Event> = {}): Event {
  return {
    ...EMPTY_EVENT,
    at: Date.UTC(2025, 10, 30, 12),
    site: 'mysite',
    visitor: '0123456789abcdef0123456789abcdef',
    name: 'pageview',
    path: '/',
    browser: 'Firefox',
    browserVersion: '133.0',
    os: 'Linux',
    device: 'desktop',
    country: 'SE',
    language: 'sv-SE',
    screen: '1920x1080',
    viewport: '1200x800',
    timezone: 'Europe/Stockholm',
    pixelRatio: 1.25,
    ...given,
  };
}
