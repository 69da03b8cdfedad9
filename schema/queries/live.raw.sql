-- Visitors of a time. $1 site.
SELECT count(DISTINCT (created_at::date, visitor_hash))::float8 AS active
FROM raw_events
WHERE site_id = $1 AND ({within}) AND event_name <> 'engagement' AND ({matches})
