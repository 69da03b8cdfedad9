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

/** An event on its way from the buffer to `raw_events`: its text, and what the flush has to know of it. */
export interface Row {
  /** Unix milliseconds. */
  at: number;
  site: string;
  visitor: string;
  /** All columns, as `encodeEvent` writes them, in UTF-8. */
  text: Buffer;
}

/**
 * One event as a row of PostgreSQL's COPY, without its line end: the buffer keeps it so and the flush hands it on as it
 * is. Making objects from JSON, and rows from objects, cost the flush 15 us an event, most of it garbage collection; this
 * costs 1. Field by field: a loop over EVENT_FIELDS leaves twice as much garbage.
 */
export function encodeEvent(event: Event): string {
  return [
    new Date(event.at).toISOString(),
    event.site,
    event.visitor,
    cell(event.name),
    cell(event.path),
    cell(event.query),
    cell(event.referrerDomain),
    cell(event.referrerPath),
    cell(event.browser),
    cell(event.browserVersion),
    cell(event.os),
    cell(event.osVersion),
    cell(event.device),
    cell(event.country),
    cell(event.region),
    cell(event.city),
    cell(event.language),
    cell(event.screen),
    cell(event.viewport),
    cell(event.timezone),
    event.pixelRatio === null ? NULL : String(event.pixelRatio),
    cell(event.utmSource),
    cell(event.utmMedium),
    cell(event.utmCampaign),
    cell(event.utmTerm),
    cell(event.utmContent),
    cell(event.data),
  ].join('\t');
}

const NULL = '\\N';
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function cell(text: string | null): string {
  if (text === null) return NULL;
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, found => ESCAPES[found] ?? found) : text;
}

export function toRow(event: Event): Row {
  return { at: event.at, site: event.site, visitor: event.visitor, text: Buffer.from(encodeEvent(event)) };
}

const [TAB, LINE_FEED, CARRIAGE_RETURN] = [9, 10, 13];
/** Time, site and visitor, in none of which anything is escaped. */
const HEAD = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[^\t\\]+\t[^\t\\]+$/;

/** The row that `encodeEvent` wrote, of this version or of an older one with fewer columns; throws on any other text. */
export function readRow(payload: Buffer): Row {
  const end = payload.indexOf(TAB, payload.indexOf(TAB, payload.indexOf(TAB) + 1) + 1);
  const head = payload.toString('utf8', 0, Math.max(0, end));
  const missing = EVENT_FIELDS.length - columns(payload);
  if (!HEAD.test(head) || missing < 0) throw new Error('not an event');
  const [time = '', site = '', visitor = ''] = head.split('\t');
  const text = missing === 0 ? payload : Buffer.concat([payload, Buffer.from(`\t${NULL}`.repeat(missing))]);
  return { at: Date.parse(time), site, visitor, text };
}

/** Of one line; infinitely many where there are several lines. */
function columns(text: Buffer): number {
  let tabs = 0;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i];
    if (byte === TAB) tabs++;
    else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) return Number.POSITIVE_INFINITY;
  }
  return tabs + 1;
}
