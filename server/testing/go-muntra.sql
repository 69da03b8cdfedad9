-- The tables of the Go Muntra, as its two migrations leave them.
CREATE TABLE raw_events (
  id                 bigserial   PRIMARY KEY,
  site_id            text        NOT NULL,
  visitor_hash       text        NOT NULL,
  session_hash       text        NOT NULL,
  url_path           text        NOT NULL,
  url_query          text,
  referrer_domain    text,
  referrer_path      text,
  ua_browser         text,
  ua_browser_version text,
  ua_os              text,
  ua_os_version      text,
  ua_device          text,
  country            text,
  language           text,
  screen             text,
  viewport           text,
  timezone           text,
  pixel_ratio        numeric,
  event_name         text        NOT NULL,
  event_data         jsonb,
  created_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX raw_events_site_created ON raw_events (site_id, created_at DESC);
CREATE INDEX raw_events_visitor_created ON raw_events (visitor_hash, created_at DESC);

CREATE TABLE pageviews_hourly (
  site_id  text        NOT NULL,
  hour     timestamptz NOT NULL,
  url_path text        NOT NULL,
  views    int         NOT NULL,
  uniques  int         NOT NULL,
  PRIMARY KEY (site_id, hour, url_path)
);
CREATE TABLE sessions_daily (
  site_id      text NOT NULL,
  day          date NOT NULL,
  visitors     int  NOT NULL,
  visits       int  NOT NULL,
  pageviews    int  NOT NULL,
  bounces      int  NOT NULL,
  avg_duration int  NOT NULL,
  PRIMARY KEY (site_id, day)
);
CREATE TABLE referrers_daily (
  site_id         text NOT NULL,
  day             date NOT NULL,
  referrer_domain text NOT NULL,
  views           int  NOT NULL,
  visitors        int  NOT NULL,
  PRIMARY KEY (site_id, day, referrer_domain)
);
CREATE TABLE countries_daily (
  site_id  text NOT NULL,
  day      date NOT NULL,
  country  text NOT NULL,
  views    int  NOT NULL,
  visitors int  NOT NULL,
  PRIMARY KEY (site_id, day, country)
);
