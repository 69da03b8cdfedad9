-- What whole UTC days of a site add up to, so that a question need not read their events. A row holds for as long as its
-- day has no mark in dirty_windows. Visitors are those of the day: the salt changes at midnight, so days add up.

-- The tables of the Go Muntra keep their names and columns.
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

-- Lists of such parts, of those alone that were asked for and took long to read: all of them would be as many rows as there are
-- events. See rollup.partial_list.sql.
CREATE TABLE IF NOT EXISTS breakdowns_partial (
  site_id   text        NOT NULL,
  dimension text        NOT NULL,
  from_at   timestamptz NOT NULL,
  to_at     timestamptz NOT NULL,
  kept_at   timestamptz NOT NULL DEFAULT now(),
  value     text        NOT NULL,
  views     int         NOT NULL,
  visitors  int         NOT NULL
);

-- A table for each dimension of a breakdown. Each is read in two ways: what has the most views on a day, and one value
-- over many days.
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
  day       date NOT NULL,
  views     int  NOT NULL,
  visitors  int  NOT NULL,
  site_id   text NOT NULL,
  dimension text NOT NULL,
  value     text NOT NULL
) PARTITION BY LIST (dimension);

CREATE TABLE IF NOT EXISTS pages_daily PARTITION OF breakdowns_daily FOR VALUES IN ('url');
CREATE TABLE IF NOT EXISTS entry_pages_daily PARTITION OF breakdowns_daily FOR VALUES IN ('entry');
CREATE TABLE IF NOT EXISTS exit_pages_daily PARTITION OF breakdowns_daily FOR VALUES IN ('exit');
CREATE TABLE IF NOT EXISTS regions_daily PARTITION OF breakdowns_daily FOR VALUES IN ('region');
CREATE TABLE IF NOT EXISTS cities_daily PARTITION OF breakdowns_daily FOR VALUES IN ('city');
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

-- The same of a whole month, once it is over and all its days are clean: a question about months reads few lists then.
-- rolled_months tells which there are; a month holds for as long as all its days do.
CREATE TABLE IF NOT EXISTS breakdowns_monthly (
  month     date NOT NULL,
  views     int  NOT NULL,
  visitors  int  NOT NULL,
  site_id   text NOT NULL,
  dimension text NOT NULL,
  value     text NOT NULL
);

CREATE TABLE IF NOT EXISTS rolled_months (
  site_id text NOT NULL,
  month   date NOT NULL,
  PRIMARY KEY (site_id, month)
);

-- The Go Muntra filled its tables once and missed what came late: what stands in them, while they lack the column of ours,
-- is worth nothing. The take-over of its events has marked every day.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'sessions_daily'::regclass AND attname = 'duration_ms') THEN
    TRUNCATE sessions_daily, referrers_daily, countries_daily;
    ALTER TABLE sessions_daily ADD COLUMN duration_ms bigint NOT NULL;
    DROP TABLE IF EXISTS pageviews_hourly;
  END IF;
END
$$;

-- Nothing here asks for a page's hours. For those who read the table of the Go Muntra it is a view: to keep it rolled up
-- took a fifth of the rollup's time and 59 bytes of disk an event.
CREATE OR REPLACE VIEW pageviews_hourly AS
  SELECT site_id, date_trunc('hour', created_at, 'UTC') AS hour, url_path,
    count(*)::int AS views, count(DISTINCT visitor_hash)::int AS uniques
  FROM raw_events
  WHERE event_name = 'pageview'
  GROUP BY 1, 2, 3;
