-- Events and visitors by one value of an event. $1 site. Filters pick events.
SELECT x, sum(events::int) AS y, count(*) AS visitors
FROM (
  -- With a collation of its own, the visitor's index cannot serve: PostgreSQL would walk all of it to save a sort.
  SELECT {value} AS x, count(*) AS events
  FROM {events}
  WHERE site_id = $1 AND ({within}) AND event_name <> 'engagement' AND {value} <> '' AND ({matches})
  GROUP BY {slice}, visitor_hash COLLATE "C", 1
) seen
GROUP BY x
