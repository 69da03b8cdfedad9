/**
 * What each dimension is in SQL, as constants over a row of `raw_events`. `entry` and `exit` belong to a whole visit:
 * they are aggregates over its rows. A null or empty value belongs to no group.
 */
import type { Dimension, Grouping } from '../contract/stats.ts';

interface DimensionSql {
  /** `visitor`: a value of an event that is nearly always the same for all events of a visitor in a day. */
  of: 'visitor' | 'event' | 'visit';
  value: string;
  /** Table of its daily rollups, and the value's column there. */
  daily: string;
  column: string;
}

const dimension = (of: DimensionSql['of'], value: string, daily: string, column = 'value'): DimensionSql => ({
  of,
  value,
  daily,
  column,
});

/**
 * The page of a visit's first or last pageview, of the same time the one stored first or last: 32 digits that sort as time
 * and id do stand before each path. (To sort the rows themselves takes twice as long.) In the end it has the collation of
 * the columns that it is compared with: no index would serve another one.
 */
const pageOfVisit = (end: 'min' | 'max'): string =>
  `substr(${end}(encode(timestamptz_send(created_at) || int8send(id), 'hex') || url_path COLLATE "C")
    FILTER (WHERE event_name = 'pageview'), 33) COLLATE "default"`;

export const DIMENSION_SQL: Record<Dimension, DimensionSql> = {
  url: dimension('event', 'url_path', 'pages_daily'),
  referrer: dimension('event', 'referrer_domain', 'referrers_daily', 'referrer_domain'),
  country: dimension('visitor', 'country', 'countries_daily', 'country'),
  region: dimension('visitor', 'region', 'regions_daily'),
  city: dimension('visitor', 'city', 'cities_daily'),
  browser: dimension('visitor', 'ua_browser', 'browsers_daily'),
  os: dimension('visitor', 'ua_os', 'systems_daily'),
  device: dimension('visitor', 'ua_device', 'devices_daily'),
  entry: dimension('visit', pageOfVisit('min'), 'entry_pages_daily'),
  exit: dimension('visit', pageOfVisit('max'), 'exit_pages_daily'),
  browser_version: dimension('visitor', 'ua_browser_version', 'browser_versions_daily'),
  os_version: dimension('visitor', 'ua_os_version', 'system_versions_daily'),
  language: dimension('visitor', 'language', 'languages_daily'),
  screen: dimension('visitor', 'screen', 'screens_daily'),
  viewport: dimension('visitor', 'viewport', 'viewports_daily'),
  timezone: dimension('visitor', 'timezone', 'timezones_daily'),
  event: dimension('event', `nullif(event_name, 'pageview')`, 'events_daily'),
  utm_source: dimension('event', 'utm_source', 'utm_sources_daily'),
  utm_medium: dimension('event', 'utm_medium', 'utm_mediums_daily'),
  utm_campaign: dimension('event', 'utm_campaign', 'utm_campaigns_daily'),
  utm_term: dimension('event', 'utm_term', 'utm_terms_daily'),
  utm_content: dimension('event', 'utm_content', 'utm_contents_daily'),
};

export function isProperty(by: Grouping): by is Exclude<Grouping, Dimension> {
  return typeof by === 'object';
}
