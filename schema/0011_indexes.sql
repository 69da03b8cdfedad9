-- Only what is not there is made: IF NOT EXISTS looks after it has locked all months against those who store events.
--
-- Reads of events go by site and time; the flush looks up a visitor's day. Times hardly repeat: without deduplication the
-- pages of that index are full when they split (34 bytes an event instead of 50, with five sites). Each list is read in two
-- ways: what has the most views on a day, and one value over many days.
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN SELECT * FROM (VALUES
    ('raw_events_site_time', 'raw_events', '(site_id, created_at) WITH (deduplicate_items = off)'),
    ('raw_events_site_visitor', 'raw_events', '(site_id, visitor_hash)'),
    ('breakdowns_partial_list', 'breakdowns_partial', '(site_id, dimension, from_at, to_at)'),
    ('referrers_daily_views', 'referrers_daily', '(site_id, day, views)'),
    ('referrers_daily_value', 'referrers_daily', '(site_id, referrer_domain, day) INCLUDE (views, visitors)'),
    ('countries_daily_views', 'countries_daily', '(site_id, day, views)'),
    ('countries_daily_value', 'countries_daily', '(site_id, country, day) INCLUDE (views, visitors)'),
    ('breakdowns_daily_views', 'breakdowns_daily', '(site_id, day, views)'),
    ('breakdowns_daily_value', 'breakdowns_daily', '(site_id, value, day) INCLUDE (views, visitors)'),
    ('breakdowns_monthly_views', 'breakdowns_monthly', '(site_id, dimension, month, views)'),
    ('breakdowns_monthly_value', 'breakdowns_monthly', '(site_id, dimension, value, month) INCLUDE (views, visitors)')
  ) AS v (name, on_table, definition)
  LOOP
    IF NOT EXISTS (
      SELECT FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      WHERE indrelid = wanted.on_table::regclass AND relname = wanted.name
    ) THEN
      EXECUTE format('CREATE INDEX %I ON %I %s', wanted.name, wanted.on_table, wanted.definition);
    END IF;
  END LOOP;
END
$$;
