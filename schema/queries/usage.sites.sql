-- Events by site, those since $1 (a time), for how many days they are kept ($2 where a site says nothing else) and what was turned away since then; a site without events only if it is known.
WITH events AS (
  SELECT site_id, count(*) AS all_events, count(*) FILTER (WHERE created_at >= $1) AS recent
  FROM raw_events GROUP BY 1
), drops AS (
  SELECT site_id, json_object_agg(reason, events ORDER BY reason) AS reasons
  FROM (SELECT site_id, reason, sum(events) AS events FROM drops_daily WHERE day >= $1::date GROUP BY 1, 2) AS by_reason
  GROUP BY 1
)
SELECT site_id AS site, coalesce(retention_days, $2::int) AS retention, coalesce(all_events, 0)::float8 AS events, coalesce(recent, 0)::float8 AS recent,
  coalesce(reasons, '{}') AS drops
FROM (SELECT site_id, retention_days FROM sites) AS known
FULL JOIN events USING (site_id)
FULL JOIN drops USING (site_id)
ORDER BY 3 DESC, 1
