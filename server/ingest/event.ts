/**
 * The event as Muntra keeps it: already enriched, without an IP address. One table fixes its fields, their order in the
 * buffer and their columns in `raw_events`; imports nothing.
 */

export interface Event {
  /** Unix milliseconds. */
  at: number;
  site: string;
  /** 32 hex digits of sha256(ip, ua, salt of the day). */
  visitor: string;
  /** `pageview`, `engagement` (time report, never counted) or a custom event's name. */
  name: string;
  /** May be empty. */
  path: string;
  query: string | null;
  referrerDomain: string | null;
  referrerPath: string | null;
  browser: string | null;
  browserVersion: string | null;
  os: string | null;
  osVersion: string | null;
  device: string | null;
  /** ISO 3166 two letters. */
  country: string | null;
  region: string | null;
  city: string | null;
  language: string | null;
  screen: string | null;
  viewport: string | null;
  timezone: string | null;
  pixelRatio: number | null;
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  utmTerm: string | null;
  utmContent: string | null;
  /** JSON text of the custom event's properties. */
  data: string | null;
}

/** Field -> column of `raw_events`, in the order of the buffer's encoding. New fields are added at the end only. */
export const EVENT_COLUMNS = {
  at: 'created_at',
  site: 'site_id',
  visitor: 'visitor_hash',
  name: 'event_name',
  path: 'url_path',
  query: 'url_query',
  referrerDomain: 'referrer_domain',
  referrerPath: 'referrer_path',
  browser: 'ua_browser',
  browserVersion: 'ua_browser_version',
  os: 'ua_os',
  osVersion: 'ua_os_version',
  device: 'ua_device',
  country: 'country',
  region: 'region',
  city: 'city',
  language: 'language',
  screen: 'screen',
  viewport: 'viewport',
  timezone: 'timezone',
  pixelRatio: 'pixel_ratio',
  utmSource: 'utm_source',
  utmMedium: 'utm_medium',
  utmCampaign: 'utm_campaign',
  utmTerm: 'utm_term',
  utmContent: 'utm_content',
  data: 'event_data',
} as const satisfies Record<keyof Event, string>;

export const EVENT_FIELDS = Object.keys(EVENT_COLUMNS) as (keyof Event)[];

/** Name of the tracker's time reports: they extend a visit and are counted nowhere. */
export const ENGAGEMENT = 'engagement';

/** A broken clock may say anything; each month gets a partition, and ids of visits sort within these years. */
export const isStorable = (at: number): boolean => at >= Date.UTC(1990, 0) && at < Date.UTC(2100, 0);

/** One event as one JSON array, nulls at the end left out. */
export function encodeEvent(event: Event): string {
  const values: unknown[] = EVENT_FIELDS.map(field => event[field]);
  while (values.length > 0 && values[values.length - 1] === null) values.pop();
  return JSON.stringify(values);
}

/** The inverse of `encodeEvent`; throws on text that no version of it wrote. */
export function decodeEvent(payload: string): Event {
  const values: unknown = JSON.parse(payload);
  if (!Array.isArray(values) || values.length > EVENT_FIELDS.length) throw new Error('not an event');
  const event: Record<string, unknown> = {};
  EVENT_FIELDS.forEach((field, i) => {
    event[field] = values[i] ?? null;
  });
  if (!isEvent(event)) throw new Error('an event without a time, site, visitor, name or path');
  return event;
}

function isEvent(value: Record<string, unknown>): value is Record<string, unknown> & Event {
  const { at, site, visitor, name, path } = value;
  return Number.isSafeInteger(at) && [site, visitor, name, path].every(text => typeof text === 'string') && site !== '';
}
