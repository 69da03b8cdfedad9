-- A site that keeps events of a month, if there is one. $1 the day on which the month is over; the caller puts the month's
-- partition in the place of raw_events. Walks from site to site in the index, not from event to event.
WITH RECURSIVE site AS (
  (SELECT site_id FROM raw_events ORDER BY site_id LIMIT 1)
  UNION ALL
  SELECT (SELECT e.site_id FROM raw_events e WHERE e.site_id > s.site_id ORDER BY e.site_id LIMIT 1)
  FROM site s WHERE s.site_id IS NOT NULL
)
SELECT s.site_id
FROM site s LEFT JOIN pruned_sites p ON p.site_id = s.site_id
WHERE s.site_id IS NOT NULL AND coalesce(p.before < $1::date, true)
LIMIT 1
