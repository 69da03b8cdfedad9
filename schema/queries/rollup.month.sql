-- Adds up the breakdowns of a month, unless it is done by now, a day of it is marked, or its site is gone. $1 site, $2 first day.
WITH month AS (
  INSERT INTO rolled_months (site_id, month)
  SELECT $1::text, $2::date
  WHERE NOT EXISTS (
    SELECT FROM dirty_windows WHERE site_id = $1 AND day >= $2::date AND day < $2::date + interval '1 month'
  ) AND EXISTS (
    SELECT FROM sessions_daily WHERE site_id = $1 AND day >= $2::date AND day < $2::date + interval '1 month'
  )
  ON CONFLICT DO NOTHING
  RETURNING month
), daily AS (
  SELECT day, 'referrer' AS dimension, referrer_domain AS value, views, visitors FROM referrers_daily WHERE site_id = $1
  UNION ALL
  SELECT day, 'country', country, views, visitors FROM countries_daily WHERE site_id = $1
  UNION ALL
  SELECT day, dimension, value, views, visitors FROM breakdowns_daily WHERE site_id = $1
)
-- In the order of reading, as the days are.
INSERT INTO breakdowns_monthly (site_id, month, dimension, value, views, visitors)
SELECT $1, month, dimension, value, sum(views), sum(visitors)
FROM month JOIN daily ON day >= month AND day < month + interval '1 month'
GROUP BY month, dimension, value
ORDER BY dimension, sum(views) DESC
