-- What a breakdown of whole UTC days can be put together from. $1 site, $2 first day, $3 day after the last.
SELECT
  (SELECT min(day) FROM sessions_daily WHERE site_id = $1) - date '1970-01-01' AS first,
  (SELECT max(day) FROM sessions_daily WHERE site_id = $1) - date '1970-01-01' AS last,
  ARRAY(SELECT DISTINCT day - date '1970-01-01' FROM dirty_windows WHERE site_id = $1 AND day >= $2 AND day < $3) AS dirty,
  (SELECT coalesce(json_agg(json_build_object('days', days, 'day', day - date '1970-01-01')), '[]')
    FROM rollup_spans WHERE site_id = $1 AND day >= $2 AND day < $3) AS spans
