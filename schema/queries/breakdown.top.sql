-- The values with the most events of a breakdown, over rolled up days, rolled up months and what was read from events
-- (raw: x, y and visitors). $1 site. Values of more bytes than {bytes} in all are not told, but a row without x, how many y.
--
-- No list is read to its end (TPUT; Cao and Wang, 2004). The best values of each list, added up, give a floor which the
-- last row of the answer is not under. Each list gets a share of what is just under the floor: a value over the share in
-- no list is under the floor. The rest is seen in some lists; what it may have in the others is no more than their shares.
-- If that cannot lift it to what the best of the seen surely have, it is out as well. Only candidates are added up.
WITH raw AS MATERIALIZED (
  {raw}
), best AS MATERIALIZED (
  SELECT d.day AS list, b.x, b.y
  FROM unnest({days}) AS d (day) CROSS JOIN LATERAL (
    SELECT {value} AS x, views AS y FROM {daily} WHERE site_id = $1 AND day = d.day ORDER BY views DESC LIMIT {limit}
  ) b
  UNION ALL
  SELECT m.month, b.x, b.y
  FROM unnest({months}) AS m (month) CROSS JOIN LATERAL (
    SELECT value AS x, views AS y FROM breakdowns_monthly
    WHERE site_id = $1 AND dimension = {dimension} AND month = m.month ORDER BY views DESC LIMIT {limit}
  ) b
  UNION ALL
  (SELECT date '-infinity', x, y FROM raw ORDER BY y DESC LIMIT {limit})
), floor AS (
  SELECT coalesce((SELECT sum(y) FROM best GROUP BY x ORDER BY 1 DESC OFFSET {limit} - 1 LIMIT 1), 1) AS y
), share AS MATERIALIZED (
  -- Any shares would do. By the square root a month is read a little further than it must be, and thirty days much less.
  SELECT list, floor(((SELECT y FROM floor) - 1)::float8 * sqrt(sum(y)) / sum(sqrt(sum(y))) OVER ())::int AS y
  FROM best
  GROUP BY list
), seen AS MATERIALIZED (
  SELECT x, sum(y) AS y, sum(y) + (SELECT sum(y) FROM share) - sum(share) AS most
  FROM (
    SELECT b.x, b.y, s.y AS share
    FROM unnest({days}) AS d (day) JOIN share s ON s.list = d.day CROSS JOIN LATERAL (
      SELECT {value} AS x, views AS y FROM {daily} WHERE site_id = $1 AND day = d.day AND views > s.y
    ) b
    UNION ALL
    SELECT b.x, b.y, s.y
    FROM unnest({months}) AS m (month) JOIN share s ON s.list = m.month CROSS JOIN LATERAL (
      SELECT value AS x, views AS y FROM breakdowns_monthly
      WHERE site_id = $1 AND dimension = {dimension} AND month = m.month AND views > s.y
    ) b
    UNION ALL
    SELECT raw.x, raw.y, s.y FROM raw JOIN share s ON s.list = date '-infinity' AND raw.y > s.y
  ) over_share
  GROUP BY x
), candidate AS MATERIALIZED (
  SELECT x FROM seen
  WHERE most >= coalesce((SELECT y FROM seen ORDER BY y DESC OFFSET {limit} - 1 LIMIT 1), 0)
), top AS (
  SELECT x, sum(y)::float8 AS y, sum(visitors)::float8 AS visitors
  FROM (
    -- IS TRUE keeps it from being a join: PostgreSQL takes both for short, and would compare each with each.
    SELECT x, y, visitors FROM raw WHERE (x IN (SELECT x FROM candidate)) IS TRUE
    UNION ALL
    SELECT c.x, b.views, b.visitors
    FROM candidate c CROSS JOIN LATERAL (
      SELECT views, visitors FROM {daily} WHERE site_id = $1 AND {value} = c.x AND day = ANY ({days}) OFFSET 0
    ) b
    UNION ALL
    SELECT c.x, b.views, b.visitors
    FROM candidate c CROSS JOIN LATERAL (
      SELECT views, visitors FROM breakdowns_monthly
      WHERE site_id = $1 AND dimension = {dimension} AND value = c.x AND month = ANY ({months}) OFFSET 0
    ) b
  ) found
  GROUP BY x
  ORDER BY y DESC, x COLLATE "C"
  LIMIT {limit}
), size AS (
  SELECT sum(octet_length(x)) AS bytes FROM top
)
SELECT x, y, visitors
FROM (
  SELECT x, y, visitors FROM top WHERE (SELECT bytes FROM size) <= {bytes}
  UNION ALL
  SELECT NULL, bytes, 0 FROM size WHERE bytes > {bytes}
) answer
ORDER BY y DESC, x COLLATE "C"
