-- Events and visitors by one value of an event. $1 site. Filters pick events.
SELECT x, sum(events) AS y, count(*) AS visitors
FROM (
  -- By an expression, as in totals.raw.sql.
  SELECT {value} AS x, count(*) AS events
  FROM raw_events
  WHERE site_id = $1 AND ({within}) AND event_name <> 'engagement' AND {value} <> '' AND ({matches})
  GROUP BY 1, created_at::date, visitor_hash || ''
) seen
GROUP BY x
