-- One list of what was read from events and of rolled up days with what was added to them: the list of all events of the
-- visitors who have come since, less that of what is rolled up of them. $1 site.
SELECT x, sum(y) AS y, sum(visitors) AS visitors
FROM (
  WITH added AS MATERIALIZED ({events})
  SELECT x, y, visitors FROM ({read}) read
  UNION ALL
  SELECT rolled_up.*
  FROM unnest({days}) AS d (day)
  CROSS JOIN LATERAL (SELECT {value}, views, visitors FROM {daily} WHERE site_id = $1 AND day = d.day) rolled_up
  UNION ALL
  SELECT x, y, visitors FROM ({present}) present
  UNION ALL
  SELECT x, -y, -visitors FROM ({rolled}) rolled
) list
GROUP BY x
HAVING sum(y) > 0
