-- When a site's first and last event were, in unix milliseconds; null where it has none. $1 site.
SELECT floor(extract(epoch FROM min(created_at)) * 1000)::float8 AS first,
  floor(extract(epoch FROM max(created_at)) * 1000)::float8 AS last
FROM raw_events
WHERE site_id = $1
