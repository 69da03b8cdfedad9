-- The values with the most events of a breakdown, over rolled up days, rolled up months and what was read from events
-- (raw: x, y and visitors). $1 site.
--
-- No list is read to its end (TPUT; Cao and Wang, 2004). The best values of each list, added up, give a floor that the last
-- row of the answer cannot be under. Each list gets its share of that floor: a value which stays under the share in every
-- list stays under the floor. What reaches its share somewhere is a candidate and is added up over all lists.
WITH raw AS MATERIALIZED (
  {raw}
), days AS (
  SELECT unnest({days}) AS day
), months AS (
  SELECT unnest({months}) AS month
), best AS MATERIALIZED (
  SELECT d.day AS list, b.x, b.y
  FROM days d CROSS JOIN LATERAL (
    SELECT {value} AS x, views AS y FROM {daily} WHERE site_id = $1 AND day = d.day ORDER BY views DESC LIMIT {limit}
  ) b
  UNION ALL
  SELECT m.month, b.x, b.y
  FROM months m CROSS JOIN LATERAL (
    SELECT value AS x, views AS y FROM breakdowns_monthly
    WHERE site_id = $1 AND dimension = {dimension} AND month = m.month ORDER BY views DESC LIMIT {limit}
  ) b
  UNION ALL
  (SELECT date '-infinity', x, y FROM raw ORDER BY y DESC LIMIT {limit})
), floor AS (
  SELECT coalesce((SELECT sum(y) FROM best GROUP BY x ORDER BY 1 DESC OFFSET {limit} - 1 LIMIT 1), 0) AS y
), share AS (
  SELECT list, div((SELECT y FROM floor) * sum(y), (SELECT sum(y) FROM best))::int AS y FROM best GROUP BY list
), candidate AS MATERIALIZED (
  SELECT b.x
  FROM days d JOIN share s ON s.list = d.day
    CROSS JOIN LATERAL (SELECT {value} AS x FROM {daily} WHERE site_id = $1 AND day = d.day AND views >= s.y) b
  UNION
  SELECT b.x
  FROM months m JOIN share s ON s.list = m.month
    CROSS JOIN LATERAL (
      SELECT value AS x FROM breakdowns_monthly
      WHERE site_id = $1 AND dimension = {dimension} AND month = m.month AND views >= s.y
    ) b
  UNION
  SELECT x FROM raw JOIN share s ON s.list = date '-infinity' WHERE raw.y >= s.y
)
SELECT x, sum(y)::float8 AS y, sum(visitors)::float8 AS visitors
FROM (
  SELECT x, y, visitors FROM candidate JOIN raw USING (x)
  UNION ALL
  SELECT c.x, b.views, b.visitors
  FROM candidate c JOIN {daily} b
    ON b.site_id = $1 AND b.{value} = c.x
    AND b.day >= (SELECT min(day) FROM days) AND b.day <= (SELECT max(day) FROM days) AND b.day IN (SELECT day FROM days)
  UNION ALL
  SELECT c.x, b.views, b.visitors
  FROM candidate c JOIN breakdowns_monthly b
    ON b.site_id = $1 AND b.dimension = {dimension} AND b.value = c.x AND b.month IN (SELECT month FROM months)
) found
GROUP BY x
ORDER BY y DESC, x COLLATE "C"
LIMIT {limit}
