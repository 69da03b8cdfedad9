-- Sites with an event past its retention: looks for one of each in the index. $1 days for sites that say nothing else (0: for
-- ever), $2 today in UTC.
WITH known AS (
  SELECT site_id FROM sites UNION SELECT site_id FROM sessions_daily UNION SELECT site_id FROM dirty_windows
), kept AS (
  SELECT k.site_id, coalesce(s.retention_days, $1::int) AS retention
  FROM known k LEFT JOIN sites s ON s.site_id = k.site_id
  WHERE coalesce(s.retention_days, $1::int) > 0
)
SELECT k.site_id AS site, k.retention, ($2::date - k.retention)::text AS before
FROM kept k CROSS JOIN LATERAL (
  SELECT FROM raw_events e WHERE e.site_id = k.site_id AND e.created_at < $2::date - k.retention ORDER BY e.created_at LIMIT 1
) AS due
ORDER BY 1
