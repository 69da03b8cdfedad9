/**
 * What each dimension is in SQL, as constants over a row of `raw_events`. `entry` and `exit` belong to a whole visit:
 * they are aggregates over its rows. A null or empty value belongs to no group.
 */
import type { Dimension, Grouping } from '../contract.ts';

interface DimensionSql {
  /** `visitor`: a value of an event that is nearly always the same for all events of a visitor in a day. */
  of: 'visitor' | 'event' | 'visit';
  value: string;
}

const pageOfVisit = (order: 'ASC' | 'DESC'): DimensionSql => ({
  of: 'visit',
  value: `(array_agg(url_path ORDER BY created_at ${order}, id ${order}) FILTER (WHERE event_name = 'pageview'))[1]`,
});

export const DIMENSION_SQL: Record<Dimension, DimensionSql> = {
  url: { of: 'event', value: 'url_path' },
  referrer: { of: 'event', value: 'referrer_domain' },
  country: { of: 'visitor', value: 'country' },
  browser: { of: 'visitor', value: 'ua_browser' },
  os: { of: 'visitor', value: 'ua_os' },
  device: { of: 'visitor', value: 'ua_device' },
  entry: pageOfVisit('ASC'),
  exit: pageOfVisit('DESC'),
  browser_version: { of: 'visitor', value: 'ua_browser_version' },
  os_version: { of: 'visitor', value: 'ua_os_version' },
  language: { of: 'visitor', value: 'language' },
  screen: { of: 'visitor', value: 'screen' },
  viewport: { of: 'visitor', value: 'viewport' },
  timezone: { of: 'visitor', value: 'timezone' },
  event: { of: 'event', value: `nullif(event_name, 'pageview')` },
  utm_source: { of: 'event', value: 'utm_source' },
  utm_medium: { of: 'event', value: 'utm_medium' },
  utm_campaign: { of: 'event', value: 'utm_campaign' },
  utm_term: { of: 'event', value: 'utm_term' },
  utm_content: { of: 'event', value: 'utm_content' },
};

export function isProperty(by: Grouping): by is Exclude<Grouping, Dimension> {
  return typeof by === 'object';
}
