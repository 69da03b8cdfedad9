-- Totals of one UTC day and of its parts. $1 site; $2 borders: the start of the day, the hours of the site's time zone
-- within it, and its end. A part is an hour (way 0), the time from the start to a border (1) or from a border to the end (-1).
-- A part cuts visits as a question's range does. So on each way a border adds what a visit has then come to, less what it
-- had come to at the border before. A visit within one hour, as most are, adds all that it is there, on every way.
WITH slot AS (
  SELECT n::int - 1 AS slot, at, next, min(at) OVER () AS day, max(next) OVER () AS day_end
  FROM (SELECT n, at, lead(at) OVER (ORDER BY n) AS next FROM unnest($2::timestamptz[]) WITH ORDINALITY AS b (at, n)) b
  WHERE next IS NOT NULL
), way AS (
  SELECT unnest(ARRAY[0, 1, -1]) AS way
), piece AS MATERIALIZED (
  SELECT session_hash, width_bucket(created_at, $2::timestamptz[]) - 1 AS slot,
    any_value(visitor_hash) AS visitor,
    count(*) FILTER (WHERE event_name = 'pageview') AS pageviews,
    count(*) FILTER (WHERE event_name <> 'engagement') AS counted,
    min(created_at) AS first_at,
    max(created_at) AS last_at,
    max(id) AS last_id,
    count(*) OVER (PARTITION BY session_hash) = 1 AS alone
  FROM raw_events
  WHERE site_id = $1 AND created_at >= (SELECT min(at) FROM slot) AND created_at < (SELECT max(next) FROM slot)
  GROUP BY 1, 2
), reach AS (
  SELECT way, slot, session_hash, pageviews,
    sum(pageviews) OVER so_far AS pages,
    sum(counted) OVER so_far AS counted,
    max(last_at) OVER so_far - min(first_at) OVER so_far AS time
  FROM piece, way
  WHERE NOT alone
  WINDOW so_far AS (PARTITION BY way, session_hash, CASE way WHEN 0 THEN slot END ORDER BY way * slot)
  UNION ALL
  SELECT NULL, slot, session_hash, pageviews, pageviews, counted, last_at - first_at
  FROM piece
  WHERE alone
), visit AS (
  SELECT way, slot, session_hash, pageviews,
    (counted > 0)::int AS visits,
    (pages = 1 AND counted = 1)::int AS bounces,
    CASE WHEN counted > 0 THEN (date_part('epoch', time) * 1000000)::bigint / 1000 ELSE 0 END AS duration_ms
  FROM reach
), seen AS MATERIALIZED (
  -- A visitor is new on a way in one slot: on way 0 in each, on the others in the first that it comes to.
  SELECT visitor, slot FROM piece WHERE counted > 0 GROUP BY visitor, slot
), span AS MATERIALIZED (
  SELECT min(slot) AS first_slot, max(slot) AS last_slot FROM seen GROUP BY visitor
), change AS (
  SELECT way, slot, 0 AS visitors, pageviews,
    visits - lag(visits, 1, 0) OVER so_far AS visits,
    bounces - lag(bounces, 1, 0) OVER so_far AS bounces,
    duration_ms - lag(duration_ms, 1, 0::bigint) OVER so_far AS duration_ms
  FROM visit
  WHERE way IS NOT NULL
  WINDOW so_far AS (PARTITION BY way, session_hash, CASE way WHEN 0 THEN slot END ORDER BY way * slot)
  UNION ALL
  SELECT way.way, slot, 0, pageviews, visits, bounces, duration_ms
  FROM way, (
    SELECT slot, sum(pageviews) AS pageviews, sum(visits) AS visits, sum(bounces) AS bounces, sum(duration_ms) AS duration_ms
    FROM visit
    WHERE way IS NULL
    GROUP BY slot
  ) alone
  UNION ALL
  SELECT 0, slot, count(*), 0, 0, 0, 0 FROM seen GROUP BY slot
  UNION ALL
  SELECT 1, first_slot, count(*), 0, 0, 0, 0 FROM span GROUP BY first_slot
  UNION ALL
  SELECT -1, last_slot, count(*), 0, 0, 0, 0 FROM span GROUP BY last_slot
), step AS (
  SELECT way, slot, sum(visitors) AS visitors, sum(visits) AS visits, sum(pageviews) AS pageviews, sum(bounces) AS bounces,
    sum(duration_ms) AS duration_ms
  FROM change
  GROUP BY way, slot
), part AS (
  SELECT way, slot,
    CASE way WHEN 1 THEN day ELSE at END AS from_at,
    CASE way WHEN -1 THEN day_end ELSE next END AS to_at,
    coalesce(sum(visitors) OVER so_far, 0)::int AS visitors,
    coalesce(sum(visits) OVER so_far, 0)::int AS visits,
    coalesce(sum(pageviews) OVER so_far, 0)::int AS pageviews,
    coalesce(sum(bounces) OVER so_far, 0)::int AS bounces,
    coalesce(sum(duration_ms) OVER so_far, 0)::bigint AS duration_ms
  FROM slot CROSS JOIN way LEFT JOIN step USING (way, slot)
  WINDOW so_far AS (PARTITION BY way, CASE way WHEN 0 THEN slot END ORDER BY way * slot)
), partial AS (
  INSERT INTO sessions_partial (site_id, from_at, to_at, visitors, visits, pageviews, bounces, duration_ms)
  SELECT DISTINCT $1, from_at, to_at, visitors, visits, pageviews, bounces, duration_ms
  FROM part
  WHERE (from_at, to_at) <> (SELECT min(day), max(day_end) FROM slot)
)
INSERT INTO sessions_daily (site_id, day, visitors, visits, pageviews, bounces, avg_duration, duration_ms, up_to)
SELECT $1, from_at::date, visitors, visits, pageviews, bounces, duration_ms / 1000 / greatest(visits, 1), duration_ms,
  (SELECT coalesce(max(last_id), 0) FROM piece)
FROM part JOIN slot USING (slot)
WHERE way = 1 AND next = day_end
