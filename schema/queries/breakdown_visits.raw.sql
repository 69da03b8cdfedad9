-- Visits and visitors by one value of a visit, that of its first pageview in an order. $1 site.
SELECT x, sum(visits::int) AS y, count(*) AS visitors
FROM (
  SELECT x, count(*) AS visits
  FROM (
    SELECT DISTINCT ON ({slice}, session_hash COLLATE "C") {slice} AS slice, visitor_hash AS visitor, {value} AS x
    FROM {events}
    WHERE site_id = $1 AND ({within}) AND event_name = 'pageview' AND ({picked})
    ORDER BY {slice}, session_hash COLLATE "C", {order}
  ) visit
  WHERE x <> ''
  GROUP BY x, slice, visitor
) visitor
GROUP BY x
