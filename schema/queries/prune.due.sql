-- Events past their retention, by site. $1 days for sites that say nothing else (0: for ever), $2 today in UTC.
WITH known AS (
  SELECT site_id FROM sites UNION SELECT site_id FROM sessions_daily UNION SELECT site_id FROM dirty_windows
), due AS (
  SELECT k.site_id, coalesce(s.retention_days, $1::int) AS retention
  FROM known k LEFT JOIN sites s ON s.site_id = k.site_id
  WHERE coalesce(s.retention_days, $1::int) > 0
)
SELECT d.site_id AS site, d.retention, ($2::date - d.retention)::text AS before, count(*)::int AS events,
  sum(pg_column_size(e.*))::float8 AS bytes
FROM due d JOIN raw_events e ON e.site_id = d.site_id AND e.created_at < $2::date - d.retention
GROUP BY 1, 2, 3
ORDER BY 1
