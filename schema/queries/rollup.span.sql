-- Adds up a span of days from shorter ones, unless it is made already or a day of it is marked by now.
-- $1 site, $2 its days, $3 its first day, $4 days of the shorter ones.
WITH span AS (
  INSERT INTO rollup_spans (site_id, days, day)
  SELECT $1::text, $2::smallint, $3::date
  WHERE NOT EXISTS (SELECT FROM dirty_windows WHERE site_id = $1 AND day >= $3 AND day < $3::date + $2::int)
  ON CONFLICT DO NOTHING
  RETURNING site_id, days, day
)
INSERT INTO breakdown_spans (site_id, days, day, dimension, value, views, visitors)
SELECT s.site_id, s.days, s.day, b.dimension, b.value, sum(b.views), sum(b.visitors)
FROM span s JOIN breakdowns b ON b.site_id = s.site_id AND b.days = $4::int AND b.day >= s.day AND b.day < s.day + s.days
GROUP BY 1, 2, 3, 4, 5
ORDER BY 4, 6 DESC
