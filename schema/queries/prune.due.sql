-- Events past their retention, by site. $1 days for sites that say nothing else (0: for ever), $2 today in UTC.
WITH known AS (
  SELECT site_id FROM sites UNION SELECT site_id FROM sessions_daily UNION SELECT site_id FROM dirty_windows
), due AS (
  SELECT k.site_id, $2::date - coalesce(s.retention_days, $1::int) AS before
  FROM known k LEFT JOIN sites s ON s.site_id = k.site_id
  WHERE coalesce(s.retention_days, $1::int) > 0
)
SELECT d.site_id AS site, d.before::text, count(*)::int AS events, sum(pg_column_size(e.*))::float8 AS bytes
FROM due d JOIN raw_events e ON e.site_id = d.site_id AND e.created_at < d.before
GROUP BY 1, 2
ORDER BY 1
