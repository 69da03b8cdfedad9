-- Every breakdown of one UTC day, of the same events as its totals. $1 site, $2 day. `total` has a query for each dimension,
-- over `event`, `face` or `page`.
-- `visitor` is null in a row that is all there is of its visitor: such rows need no look for the same visitor twice.
WITH day AS NOT MATERIALIZED (
  SELECT *
  FROM raw_events
  WHERE site_id = $1 AND created_at >= $2::date AND created_at < $2::date + 1 AND event_name <> 'engagement'
    AND id <= (SELECT up_to FROM sessions_daily WHERE site_id = $1 AND day = $2)
), event AS MATERIALIZED (
  -- Rows of all columns do not fit into the memory.
  SELECT id, created_at, visitor_hash AS visitor, session_hash, event_name, url_path, referrer_domain,
    utm_source, utm_medium, utm_campaign, utm_term, utm_content, 1 AS events
  FROM day
), face AS MATERIALIZED (
  -- What is nearly always the same for all events of a visitor: a third as many rows as there are events.
  SELECT {faces}, count(*)::int AS events, CASE WHEN count(*) OVER (PARTITION BY visitor_hash) > 1 THEN visitor_hash END AS visitor
  FROM day
  GROUP BY visitor_hash, {faces}
), page AS MATERIALIZED (
  SELECT url_path, visitor, events, row_number() OVER visit = 1 AS first,
    lead(false, 1, true) OVER visit AS last
  FROM event
  WHERE event_name = 'pageview'
  WINDOW visit AS (PARTITION BY session_hash COLLATE "C" ORDER BY created_at, id)
), total AS MATERIALIZED (
  {totals}
), listed AS MATERIALIZED (
  SELECT * FROM total WHERE dimension NOT IN ('referrer', 'country')
), gone AS (
  DELETE FROM breakdowns_daily b
  WHERE b.site_id = $1 AND b.day = $2 AND NOT EXISTS (
    SELECT FROM listed
    WHERE (b.dimension, b.value, b.views, b.visitors) = (listed.dimension, listed.value, listed.views, listed.visitors)
  )
), referrers AS (
  INSERT INTO referrers_daily (site_id, day, referrer_domain, views, visitors)
  SELECT $1, $2, value, views, visitors FROM total WHERE dimension = 'referrer' ORDER BY views DESC
), countries AS (
  INSERT INTO countries_daily (site_id, day, country, views, visitors)
  SELECT $1, $2, value, views, visitors FROM total WHERE dimension = 'country' ORDER BY views DESC
)
-- A day that is rolled up again has most rows already: of its many pages few were seen since. In the order of reading: the first
-- rows of a day share their pages.
INSERT INTO breakdowns_daily (site_id, day, dimension, value, views, visitors)
SELECT $1, $2, dimension, value, views, visitors
FROM listed
WHERE NOT EXISTS (
  SELECT FROM breakdowns_daily b
  WHERE b.site_id = $1 AND b.day = $2
    AND (b.dimension, b.value, b.views, b.visitors) = (listed.dimension, listed.value, listed.views, listed.visitors)
)
ORDER BY dimension, views DESC
