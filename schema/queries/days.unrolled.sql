-- Marked days of a site, as numbers since 1970-01-01, newest first. $1 site, $2 first day, $3 day after the last. `from` is null
-- unless events were only added since it was rolled up: then it is the time of the first one, `upTo` the newest rolled up.
SELECT day - date '1970-01-01' AS day,
  CASE WHEN up_to IS NOT NULL THEN extract(epoch FROM added_from)::float8 * 1000 END AS "from",
  up_to AS "upTo"
FROM (
  SELECT day, CASE WHEN bool_and(added_from IS NOT NULL) THEN min(added_from) END AS added_from
  FROM dirty_windows
  WHERE site_id = $1 AND day >= $2 AND day < $3
  GROUP BY day
) marked
LEFT JOIN (SELECT day, up_to FROM sessions_daily WHERE site_id = $1) rolled USING (day)
ORDER BY day DESC
