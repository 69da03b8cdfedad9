-- Marks every day that has events, and every rolled up one from a site's first event on; not the days that retention has
-- taken, of which the rollups are all there is.
WITH stored AS (
  SELECT site_id, created_at::date AS day FROM raw_events GROUP BY 1, 2
), known AS (
  SELECT site_id, day FROM stored
  UNION
  SELECT site_id, day
  FROM sessions_daily JOIN (SELECT site_id, min(day) AS first FROM stored GROUP BY 1) since USING (site_id)
  WHERE day >= first
)
INSERT INTO dirty_windows (site_id, day)
SELECT k.site_id, k.day
FROM known k LEFT JOIN pruned_sites p ON p.site_id = k.site_id
WHERE coalesce(k.day >= p.before, true)
