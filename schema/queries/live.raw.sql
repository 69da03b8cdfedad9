-- Visitors of a range. $1 site, $2 from, $3 to.
SELECT count(DISTINCT (created_at::date, visitor_hash))::float8 AS active
FROM raw_events
WHERE site_id = $1 AND created_at >= $2 AND created_at < $3 AND event_name <> 'engagement' AND ({matches})
