-- Visits and visitors by one value of a visit. $1 site. Filters pick visits with such an event.
SELECT x, sum(visits)::bigint AS y, count(*) AS visitors
FROM (
  SELECT x, count(*) AS visits
  FROM (
    SELECT {slice} AS slice, any_value(visitor_hash) AS visitor, {value} AS x
    FROM {events}
    WHERE site_id = $1 AND ({within})
    GROUP BY 1, session_hash
    HAVING bool_or(event_name <> 'engagement' AND ({matches}))
  ) visit
  WHERE x <> ''
  GROUP BY x, slice, visitor
) visitor
GROUP BY x
