-- Tables of the Go Muntra, under the names and columns its users know, and what ours adds.
-- Every statement can run again; the runner applies all files at each start, in order, under one advisory lock.

-- The one durable table. Partitioned by month: retention drops a partition, and indexes stay small. What every question
-- reads stands first: PostgreSQL walks a row from its beginning.
CREATE TABLE IF NOT EXISTS raw_events (
  id                 bigserial   NOT NULL,
  created_at         timestamptz NOT NULL DEFAULT now(),
  site_id            text        NOT NULL,
  visitor_hash       text        NOT NULL,
  session_hash       text        NOT NULL,
  event_name         text        NOT NULL,
  url_path           text        NOT NULL,
  referrer_domain    text,
  utm_source         text,
  utm_medium         text,
  utm_campaign       text,
  utm_term           text,
  utm_content        text,
  pixel_ratio        numeric,
  url_query          text,
  referrer_path      text,
  ua_browser         text,
  ua_browser_version text,
  ua_os              text,
  ua_os_version      text,
  ua_device          text,
  country            text,
  region             text,
  city               text,
  language           text,
  screen             text,
  viewport           text,
  timezone           text,
  event_data         jsonb
) PARTITION BY RANGE (created_at);

CREATE TABLE IF NOT EXISTS sites (
  site_id    text        PRIMARY KEY,
  timezone   text        NOT NULL DEFAULT 'UTC',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS site_origins (
  site_id text NOT NULL REFERENCES sites ON DELETE CASCADE,
  origin  text NOT NULL,
  PRIMARY KEY (site_id, origin)
);

-- How far the flush has stored each buffer; changed only in the transaction that inserts the events. Rows are never
-- removed: a log that comes back after years may still hold what is stored.
CREATE TABLE IF NOT EXISTS buffer_positions (
  buffer     text        PRIMARY KEY,
  position   text,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- What `/collect` turned away, by UTC day. site_id is '' where the site is not one of ours.
CREATE TABLE IF NOT EXISTS drops_daily (
  site_id text   NOT NULL,
  day     date   NOT NULL,
  reason  text   NOT NULL,
  events  bigint NOT NULL,
  PRIMARY KEY (site_id, day, reason)
);

-- An event that PostgreSQL refused, with its reason, so that it neither blocks nor loses its batch.
CREATE TABLE IF NOT EXISTS rejected_events (
  rejected_at timestamptz NOT NULL DEFAULT now(),
  buffer      text        NOT NULL,
  position    text        NOT NULL,
  reason      text        NOT NULL,
  payload     bytea       NOT NULL
);
