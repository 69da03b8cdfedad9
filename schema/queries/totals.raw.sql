-- Totals of buckets from events. $1 site; the buckets begin at `starts`.
-- Filters pick events; a visit with a picked event counts with all it is.
WITH visit AS (
  -- The visitor is grouped by an expression: PostgreSQL would rather walk the whole index on visitors than sort.
  SELECT width_bucket(created_at, {starts}) AS bucket, created_at::date AS day, visitor_hash || '' AS visitor, session_hash,
    count(*) FILTER (WHERE event_name = 'pageview' AND ({matches})) AS pageviews,
    count(*) FILTER (WHERE event_name <> 'engagement' AND ({matches})) AS picked,
    count(*) FILTER (WHERE event_name = 'pageview') AS pages,
    count(*) FILTER (WHERE event_name <> 'engagement') AS counted,
    max(created_at) - min(created_at) AS time
  FROM raw_events
  WHERE site_id = $1 AND ({within})
  GROUP BY 1, 2, 3, 4
), visitor AS (
  SELECT bucket,
    count(*) AS visits,
    sum(pageviews::float8) AS pageviews,
    count(*) FILTER (WHERE pages = 1 AND counted = 1) AS bounces,
    sum((date_part('epoch', time) * 1000000)::bigint / 1000) AS duration_ms
  FROM visit
  WHERE picked > 0
  GROUP BY bucket, day, visitor
)
SELECT bucket, count(*)::float8 AS visitors, sum(visits)::float8 AS visits, sum(pageviews) AS pageviews,
  sum(bounces)::float8 AS bounces, sum(duration_ms)::float8 AS duration_ms
FROM visitor
GROUP BY bucket
