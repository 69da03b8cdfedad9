-- Visitors of a time. $1 site.
SELECT count(*)::float8 AS active
FROM (
  SELECT FROM raw_events
  WHERE site_id = $1 AND ({within}) AND event_name <> 'engagement' AND ({matches})
  GROUP BY {slice}, visitor_hash COLLATE "C"
) visitor
