-- Totals of a range. $1 site, $2 from, $3 to. Filters pick events; a visit with a picked event counts with all it is.
WITH visit AS (
  SELECT created_at::date AS day, visitor_hash, session_hash,
    count(*) FILTER (WHERE event_name = 'pageview' AND ({matches})) AS pageviews,
    count(*) FILTER (WHERE event_name <> 'engagement' AND ({matches})) AS picked,
    count(*) FILTER (WHERE event_name = 'pageview') AS pages,
    count(*) FILTER (WHERE event_name <> 'engagement') AS counted,
    max(created_at) - min(created_at) AS duration
  FROM raw_events
  WHERE site_id = $1 AND created_at >= $2 AND created_at < $3
  GROUP BY 1, 2, 3
), visitor AS (
  SELECT count(*) AS visits,
    sum(pageviews) AS pageviews,
    count(*) FILTER (WHERE pages = 1 AND counted = 1) AS bounces,
    sum(floor(extract(epoch FROM duration) * 1000)) AS duration_ms
  FROM visit
  WHERE picked > 0
  GROUP BY day, visitor_hash
)
SELECT coalesce(sum(pageviews), 0)::float8 AS pageviews,
  count(*)::float8 AS visitors,
  coalesce(sum(visits), 0)::float8 AS visits,
  coalesce(sum(bounces), 0)::float8 AS bounces,
  coalesce(sum(duration_ms), 0)::float8 AS duration_ms
FROM visitor
