-- Marks every day that has events, and every rolled up one from a site's first event on: what retention dropped is kept.
WITH stored AS (
  SELECT site_id, created_at::date AS day FROM raw_events GROUP BY 1, 2
)
INSERT INTO dirty_windows (site_id, day)
SELECT site_id, day FROM stored
UNION
SELECT site_id, day
FROM sessions_daily JOIN (SELECT site_id, min(day) AS first FROM stored GROUP BY 1) since USING (site_id)
WHERE day >= first
