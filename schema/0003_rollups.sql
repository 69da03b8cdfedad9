-- What whole UTC days of a site add up to, so that a question need not read their events. A row holds for as long as its
-- day has no mark in dirty_windows. Visitors are those of the day: the salt changes at midnight, so days add up.

-- Four of the tables keep the names and columns of the Go Muntra.
CREATE TABLE IF NOT EXISTS sessions_daily (
  site_id      text   NOT NULL,
  day          date   NOT NULL,
  visitors     int    NOT NULL,
  visits       int    NOT NULL,
  pageviews    int    NOT NULL,
  bounces      int    NOT NULL,
  -- Seconds.
  avg_duration int    NOT NULL,
  PRIMARY KEY (site_id, day)
);

-- The same of parts of a day: each hour of the site's time zone, and the time from midnight to it and from it to
-- midnight. So local days, whose borders lie within UTC days, and hours are exact without reading events.
CREATE TABLE IF NOT EXISTS sessions_partial (
  site_id     text        NOT NULL,
  from_at     timestamptz NOT NULL,
  to_at       timestamptz NOT NULL,
  visitors    int         NOT NULL,
  visits      int         NOT NULL,
  pageviews   int         NOT NULL,
  bounces     int         NOT NULL,
  duration_ms bigint      NOT NULL,
  PRIMARY KEY (site_id, from_at, to_at)
);

-- Pageviews by UTC hour and page.
CREATE TABLE IF NOT EXISTS pageviews_hourly (
  site_id  text        NOT NULL,
  hour     timestamptz NOT NULL,
  url_path text        NOT NULL,
  views    int         NOT NULL,
  uniques  int         NOT NULL,
  PRIMARY KEY (site_id, hour, url_path)
);

-- A table for each dimension of a breakdown. Each is read in two ways: the values with the most views of a day, and one
-- value of a day.
CREATE TABLE IF NOT EXISTS referrers_daily (
  site_id         text NOT NULL,
  day             date NOT NULL,
  referrer_domain text NOT NULL,
  views           int  NOT NULL,
  visitors        int  NOT NULL,
  PRIMARY KEY (site_id, day, referrer_domain)
);

CREATE TABLE IF NOT EXISTS countries_daily (
  site_id  text NOT NULL,
  day      date NOT NULL,
  country  text NOT NULL,
  views    int  NOT NULL,
  visitors int  NOT NULL,
  PRIMARY KEY (site_id, day, country)
);

CREATE TABLE IF NOT EXISTS breakdowns_daily (
  site_id   text NOT NULL,
  day       date NOT NULL,
  value     text NOT NULL,
  views     int  NOT NULL,
  visitors  int  NOT NULL,
  dimension text NOT NULL
) PARTITION BY LIST (dimension);

CREATE TABLE IF NOT EXISTS pages_daily PARTITION OF breakdowns_daily FOR VALUES IN ('url');
CREATE TABLE IF NOT EXISTS entry_pages_daily PARTITION OF breakdowns_daily FOR VALUES IN ('entry');
CREATE TABLE IF NOT EXISTS exit_pages_daily PARTITION OF breakdowns_daily FOR VALUES IN ('exit');
CREATE TABLE IF NOT EXISTS browsers_daily PARTITION OF breakdowns_daily FOR VALUES IN ('browser');
CREATE TABLE IF NOT EXISTS browser_versions_daily PARTITION OF breakdowns_daily FOR VALUES IN ('browser_version');
CREATE TABLE IF NOT EXISTS systems_daily PARTITION OF breakdowns_daily FOR VALUES IN ('os');
CREATE TABLE IF NOT EXISTS system_versions_daily PARTITION OF breakdowns_daily FOR VALUES IN ('os_version');
CREATE TABLE IF NOT EXISTS devices_daily PARTITION OF breakdowns_daily FOR VALUES IN ('device');
CREATE TABLE IF NOT EXISTS languages_daily PARTITION OF breakdowns_daily FOR VALUES IN ('language');
CREATE TABLE IF NOT EXISTS screens_daily PARTITION OF breakdowns_daily FOR VALUES IN ('screen');
CREATE TABLE IF NOT EXISTS viewports_daily PARTITION OF breakdowns_daily FOR VALUES IN ('viewport');
CREATE TABLE IF NOT EXISTS timezones_daily PARTITION OF breakdowns_daily FOR VALUES IN ('timezone');
CREATE TABLE IF NOT EXISTS events_daily PARTITION OF breakdowns_daily FOR VALUES IN ('event');
CREATE TABLE IF NOT EXISTS utm_sources_daily PARTITION OF breakdowns_daily FOR VALUES IN ('utm_source');
CREATE TABLE IF NOT EXISTS utm_mediums_daily PARTITION OF breakdowns_daily FOR VALUES IN ('utm_medium');
CREATE TABLE IF NOT EXISTS utm_campaigns_daily PARTITION OF breakdowns_daily FOR VALUES IN ('utm_campaign');
CREATE TABLE IF NOT EXISTS utm_terms_daily PARTITION OF breakdowns_daily FOR VALUES IN ('utm_term');
CREATE TABLE IF NOT EXISTS utm_contents_daily PARTITION OF breakdowns_daily FOR VALUES IN ('utm_content');

CREATE INDEX IF NOT EXISTS referrers_daily_views ON referrers_daily (site_id, day, views);
CREATE INDEX IF NOT EXISTS countries_daily_views ON countries_daily (site_id, day, views);
CREATE INDEX IF NOT EXISTS breakdowns_daily_views ON breakdowns_daily (site_id, day, views);
CREATE INDEX IF NOT EXISTS breakdowns_daily_value ON breakdowns_daily (site_id, day, value);

-- The same for 4, 16 and 64 days at once, where all of them are over and clean, so that a question about months reads a
-- dozen sorted lists. Days are counted from 1970-01-01. rollup_spans tells which there are.
CREATE TABLE IF NOT EXISTS breakdown_spans (
  site_id   text     NOT NULL,
  day       date     NOT NULL,
  value     text     NOT NULL,
  views     int      NOT NULL,
  visitors  int      NOT NULL,
  days      smallint NOT NULL,
  dimension text     NOT NULL
);

CREATE INDEX IF NOT EXISTS breakdown_spans_views ON breakdown_spans (site_id, dimension, days, day, views);
CREATE INDEX IF NOT EXISTS breakdown_spans_value ON breakdown_spans (site_id, dimension, days, day, value);

CREATE TABLE IF NOT EXISTS rollup_spans (
  site_id text     NOT NULL,
  days    smallint NOT NULL,
  day     date     NOT NULL,
  PRIMARY KEY (site_id, days, day)
);

-- Breakdowns of all dimensions, of one day (days = 1) or more.
CREATE OR REPLACE VIEW breakdowns (dimension, site_id, days, day, value, views, visitors) AS
  SELECT 'referrer', site_id, 1, day, referrer_domain, views, visitors FROM referrers_daily
  UNION ALL
  SELECT 'country', site_id, 1, day, country, views, visitors FROM countries_daily
  UNION ALL
  SELECT dimension, site_id, 1, day, value, views, visitors FROM breakdowns_daily
  UNION ALL
  SELECT dimension, site_id, days, day, value, views, visitors FROM breakdown_spans;

-- The Go Muntra filled its tables once and missed what came late: what stands in them, while they lack the column of ours,
-- is worth nothing. The take-over of its events has marked every day.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'sessions_daily'::regclass AND attname = 'duration_ms') THEN
    TRUNCATE sessions_daily, pageviews_hourly, referrers_daily, countries_daily;
    ALTER TABLE sessions_daily ADD COLUMN duration_ms bigint NOT NULL;
  END IF;
END
$$;
