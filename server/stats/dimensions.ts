/** What each dimension is in SQL, as constants over a row of `raw_events`. A null or empty value belongs to no group. */
import type { Dimension, Grouping } from '../contract/stats.ts';

export interface DimensionSql {
  /**
   * Whose value it is: `visitor`, that of an event which is nearly always the same for all events of a visitor in a day;
   * `first` and `last`, a visit's, that of its first or last pageview.
   */
  of: 'visitor' | 'event' | 'first' | 'last';
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

/** How the pageviews of a visit are sorted for its value; of the same time the one stored first is the first. */
export const ORDER = { first: 'created_at, id', last: 'created_at DESC, id DESC' };

export function isOfVisits(of: DimensionSql['of']): of is keyof typeof ORDER {
  return of in ORDER;
}

export const DIMENSION_SQL: Record<Dimension, DimensionSql> = {
  url: dimension('event', 'url_path', 'pages_daily'),
  referrer: dimension('event', 'referrer_domain', 'referrers_daily', 'referrer_domain'),
  country: dimension('visitor', 'country', 'countries_daily', 'country'),
  region: dimension('visitor', 'region', 'regions_daily'),
  city: dimension('visitor', 'city', 'cities_daily'),
  browser: dimension('visitor', 'ua_browser', 'browsers_daily'),
  os: dimension('visitor', 'ua_os', 'systems_daily'),
  device: dimension('visitor', 'ua_device', 'devices_daily'),
  entry: dimension('first', 'url_path', 'entry_pages_daily'),
  exit: dimension('last', 'url_path', 'exit_pages_daily'),
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
