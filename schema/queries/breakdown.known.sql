-- What is known of a site's days. $1 site, $2 first day, $3 day after the last; days are numbers since 1970-01-01.
SELECT
  (SELECT min(day) FROM sessions_daily WHERE site_id = $1) - date '1970-01-01' AS first,
  (SELECT max(day) FROM sessions_daily WHERE site_id = $1) - date '1970-01-01' AS last,
  ARRAY(SELECT month - date '1970-01-01' FROM rolled_months WHERE site_id = $1 AND month >= $2 AND month < $3) AS months
