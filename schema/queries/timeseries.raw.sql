-- Totals of each bucket of a range. $1 site, $2 from, $3 to; bucket n begins at {starts}[n].
WITH visit AS (
  SELECT width_bucket(created_at, {starts}::timestamptz[]) AS bucket, created_at::date AS day, visitor_hash, session_hash,
    count(*) FILTER (WHERE event_name = 'pageview') AS pageviews
  FROM raw_events
  WHERE site_id = $1 AND created_at >= $2 AND created_at < $3 AND event_name <> 'engagement' AND ({matches})
  GROUP BY 1, 2, 3, 4
), visitor AS (
  SELECT bucket, count(*) AS visits, sum(pageviews) AS pageviews
  FROM visit
  GROUP BY bucket, day, visitor_hash
)
SELECT bucket, sum(pageviews)::float8 AS pageviews, sum(visits)::float8 AS visits, count(*)::float8 AS visitors
FROM visitor
GROUP BY bucket
