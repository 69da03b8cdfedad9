/**
 * What each dimension is in SQL, as constants over a row of `raw_events`. `entry` and `exit` belong to a whole visit:
 * they are aggregates over its rows. A null or empty value belongs to no group.
 */
import type { Dimension, Grouping } from '../contract.ts';

type VisitDimension = 'entry' | 'exit';

const EVENT_VALUES: Record<Exclude<Dimension, VisitDimension>, string> = {
  url: 'url_path',
  referrer: `regexp_replace(referrer_domain, '^www\\.', '')`,
  country: 'country',
  browser: 'ua_browser',
  os: 'ua_os',
  device: 'ua_device',
  browser_version: 'ua_browser_version',
  os_version: 'ua_os_version',
  language: 'language',
  screen: 'screen',
  viewport: 'viewport',
  timezone: 'timezone',
  event: `nullif(event_name, 'pageview')`,
  utm_source: 'utm_source',
  utm_medium: 'utm_medium',
  utm_campaign: 'utm_campaign',
  utm_term: 'utm_term',
  utm_content: 'utm_content',
};

const VISIT_VALUES: Record<VisitDimension, string> = {
  entry: `(array_agg(url_path ORDER BY created_at, id) FILTER (WHERE event_name = 'pageview'))[1]`,
  exit: `(array_agg(url_path ORDER BY created_at DESC, id DESC) FILTER (WHERE event_name = 'pageview'))[1]`,
};

/** SQL of a dimension's value: of one event, or (`of: 'visit'`) of all events of a visit. */
export function dimensionValue(dimension: Dimension): { of: 'event' | 'visit'; sql: string } {
  return dimension === 'entry' || dimension === 'exit'
    ? { of: 'visit', sql: VISIT_VALUES[dimension] }
    : { of: 'event', sql: EVENT_VALUES[dimension] };
}

export function isProperty(by: Grouping): by is Exclude<Grouping, Dimension> {
  return typeof by === 'object';
}
