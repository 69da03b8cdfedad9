-- The last pageviews of a time, newest first. $1 site.
SELECT floor(extract(epoch FROM created_at) * 1000)::float8 AS at, url_path AS url, country
FROM raw_events
WHERE site_id = $1 AND ({within}) AND event_name = 'pageview' AND ({matches})
ORDER BY created_at DESC, id DESC
LIMIT {limit}
