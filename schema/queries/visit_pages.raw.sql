-- Visits and visitors by the first or last page of a visit. $1 site, $2 from, $3 to.
WITH visit AS (
  SELECT created_at::date AS day, visitor_hash, session_hash, {value} AS x
  FROM raw_events
  WHERE site_id = $1 AND created_at >= $2 AND created_at < $3
  GROUP BY 1, 2, 3
  HAVING bool_or(event_name <> 'engagement' AND ({matches}))
), visitor AS (
  SELECT x, count(*) AS visits
  FROM visit
  WHERE x <> ''
  GROUP BY x, day, visitor_hash
)
SELECT x, sum(visits)::float8 AS y, count(*)::float8 AS visitors
FROM visitor
GROUP BY x
ORDER BY y DESC, x COLLATE "C"
LIMIT {limit}
