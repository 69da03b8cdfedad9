-- Events and visitors by one value of an event. $1 site, $2 from, $3 to.
WITH seen AS (
  SELECT {value} AS x, count(*) AS events
  FROM raw_events
  WHERE site_id = $1 AND created_at >= $2 AND created_at < $3 AND event_name <> 'engagement'
    AND {value} <> '' AND ({matches})
  GROUP BY 1, created_at::date, visitor_hash
)
SELECT x, sum(events)::float8 AS y, count(*)::float8 AS visitors
FROM seen
GROUP BY x
ORDER BY y DESC, x COLLATE "C"
LIMIT {limit}
