/** A plain event; a test says only what matters to it. */
import type { Event } from '../ingest/event.ts';

export function sampleEvent(given: Partial<Event> = {}): Event {
  return {
    at: Date.UTC(2025, 10, 30, 12),
    site: 'mysite',
    visitor: '0123456789abcdef0123456789abcdef',
    name: 'pageview',
    path: '/',
    query: null,
    referrerDomain: null,
    referrerPath: null,
    browser: 'Firefox',
    browserVersion: '133.0',
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
    pixelRatio: 1.25,
    utmSource: null,
    utmMedium: null,
    utmCampaign: null,
    utmTerm: null,
    utmContent: null,
    data: null,
    ...given,
  };
}
