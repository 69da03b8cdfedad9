-- Pageviews of one UTC day by hour and page. $1 site, $2 day.
INSERT INTO pageviews_hourly (site_id, hour, url_path, views, uniques)
SELECT $1, hour, url_path, sum(views), count(*)
FROM (
  SELECT date_trunc('hour', created_at) AS hour, url_path, count(*) AS views
  FROM raw_events
  WHERE site_id = $1 AND created_at >= $2::date AND created_at < $2::date + 1 AND event_name = 'pageview'
  GROUP BY 1, 2, visitor_hash || ''
) seen
GROUP BY hour, url_path
