-- The values with the most events of a breakdown: over rollups of one or more days (spans), and what was read from events
-- (raw: x, y and visitors). $1 site.
--
-- No span is read to its end (TPUT; Cao and Wang, 2004). The best values of each span, added up, give a floor that the
-- last row of the answer cannot be under. Each span gets its share of that floor: a value which stays under the share in
-- every span stays under the floor. What reaches its share somewhere is a candidate and is added up over all spans.
WITH raw AS MATERIALIZED (
  {raw}
), span AS (
  SELECT n, days, day FROM unnest({days}, {day}) WITH ORDINALITY AS s (days, day, n)
), best AS MATERIALIZED (
  SELECT s.n, b.value AS x, b.views AS y
  FROM span s CROSS JOIN LATERAL (
    SELECT value, views FROM breakdowns
    WHERE dimension = {dimension} AND site_id = $1 AND days = s.days AND day = s.day
    ORDER BY views DESC LIMIT {limit}
  ) b
  UNION ALL
  (SELECT 0, x, y FROM raw ORDER BY y DESC LIMIT {limit})
), floor AS (
  SELECT coalesce((SELECT sum(y) FROM best GROUP BY x ORDER BY 1 DESC OFFSET {limit} - 1 LIMIT 1), 0) AS y
), share AS (
  SELECT n, div((SELECT y FROM floor) * sum(y), (SELECT sum(y) FROM best))::int AS y FROM best GROUP BY n
), candidate AS (
  SELECT b.value AS x
  FROM span s JOIN share USING (n) CROSS JOIN LATERAL (
    SELECT value FROM breakdowns
    WHERE dimension = {dimension} AND site_id = $1 AND days = s.days AND day = s.day AND views >= share.y
  ) b
  UNION
  SELECT x FROM raw JOIN share ON n = 0 WHERE raw.y >= share.y
)
SELECT x, sum(y)::float8 AS y, sum(visitors)::float8 AS visitors
FROM (
  SELECT x, y, visitors FROM candidate JOIN raw USING (x)
  UNION ALL
  SELECT c.x, b.views, b.visitors
  FROM candidate c CROSS JOIN span s JOIN breakdowns b
    ON b.dimension = {dimension} AND b.site_id = $1 AND b.days = s.days AND b.day = s.day AND b.value = c.x
) found
GROUP BY x
ORDER BY y DESC, x COLLATE "C"
LIMIT {limit}
