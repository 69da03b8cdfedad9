-- Sites with much of their day to be read from events: at least $2, and a twentieth of the day. $1 the day.
SELECT m.site_id AS site
FROM (
  SELECT site_id,
    CASE WHEN bool_and(added_from IS NOT NULL) AND up_to IS NOT NULL THEN min(added_from) ELSE $1::date END AS since,
    CASE WHEN bool_and(added_from IS NOT NULL) THEN up_to END AS up_to,
    pageviews
  FROM dirty_windows
  LEFT JOIN sessions_daily USING (site_id, day)
  WHERE day = $1
  GROUP BY site_id, up_to, pageviews
) m
CROSS JOIN LATERAL (
  SELECT count(*) AS events
  FROM raw_events e
  WHERE e.site_id = m.site_id
    AND e.created_at >= $1::date AND e.created_at < $1::date + 1
    -- Where events were only added since it was rolled up, those.
    AND e.created_at >= m.since AND e.id > coalesce(m.up_to, 0)
) unread
WHERE unread.events >= greatest($2::int, pageviews / 20)
