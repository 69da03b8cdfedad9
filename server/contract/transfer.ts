/** Events that come from elsewhere, and go there. */

/**
 * A line of `POST /api/import` and of `GET /api/export`. But for `url`, `referrer` and `user_agent`, which an export has not,
 * the keys are columns of `raw_events`; absent is null.
 */
export interface ImportedEvent {
  /** ISO 8601, or unix milliseconds. */
  created_at: string | number;
  site_id: string;
  /** 32 hex digits; any other text but an IP address is hashed into them. */
  visitor_hash: string;
  /** Written by an export and not read: visits follow from the events. */
  session_hash?: string;
  /** Default: `pageview`. */
  event_name?: string;
  event_data?: object;
  /** Whole address of the page, in the place of `url_path`, `url_query` and `utm_*`. */
  url?: string;
  url_path?: string;
  url_query?: string;
  /** Whole address, in the place of the two below it. */
  referrer?: string;
  referrer_domain?: string;
  referrer_path?: string;
  /** In the place of `ua_*`. */
  user_agent?: string;
  ua_browser?: string;
  ua_browser_version?: string;
  ua_os?: string;
  ua_os_version?: string;
  ua_device?: string;
  country?: string;
  region?: string;
  city?: string;
  language?: string;
  screen?: string;
  viewport?: string;
  timezone?: string;
  pixel_ratio?: number;
  utm_source?: string;
  utm_medium?: string;
  utm_campaign?: string;
  utm_term?: string;
  utm_content?: string;
}

/** `POST /api/import?source&line&site`: lines that follow on the first `line` lines of the source. */
export interface ImportAnswer {
  /** Lines of the source that are done: the next one to send. Other than expected when the source is further already. */
  line: number;
  /** Stored by this request. */
  events: number;
  /** By their number in the source, from 1. */
  refused: { line: number; reason: string }[];
}

/** Bytes of the body of one `POST /api/import`, and its lines. */
export const IMPORT_LIMIT = { bytes: 2 ** 18, lines: 1000 } as const;
