-- Totals from events. $1 site. A slice is a time within one UTC day, as visitors are of a day; visits are anyway.
-- Filters pick events; a visit with a picked event counts with all it is.
WITH visit AS (
  SELECT {slice} AS slice, session_hash,
    any_value(visitor_hash) AS visitor,
    count(*) FILTER (WHERE event_name = 'pageview' AND ({matches})) AS pageviews,
    count(*) FILTER (WHERE event_name <> 'engagement' AND ({matches})) AS picked,
    count(*) FILTER (WHERE event_name = 'pageview') AS pages,
    count(*) FILTER (WHERE event_name <> 'engagement') AS counted,
    max(created_at) - min(created_at) AS time
  FROM {events}
  WHERE site_id = $1 AND ({within})
  GROUP BY 1, 2
), visitor AS (
  SELECT slice,
    count(*) AS visits,
    sum(pageviews::int) AS pageviews,
    count(*) FILTER (WHERE pages = 1 AND counted = 1) AS bounces,
    sum(floor(round(date_part('epoch', time) * 1000000) / 1000)) AS duration_ms
  FROM visit
  WHERE picked > 0
  GROUP BY slice, visitor
)
SELECT slice, count(*)::float8 AS visitors, sum(visits)::float8 AS visits, sum(pageviews)::float8 AS pageviews,
  sum(bounces)::float8 AS bounces, sum(duration_ms) AS duration_ms
FROM visitor
GROUP BY slice
