-- Months that can be rolled up: over on $1 (today), clean, with a day that is rolled up, and not done yet. The next $4 after $2
-- month and $3 site.
SELECT site_id AS site, month::date::text AS day
FROM (SELECT DISTINCT site_id, date_trunc('month', day) AS month FROM sessions_daily) m
WHERE month + interval '1 month' <= $1
  AND NOT EXISTS (SELECT FROM rolled_months r WHERE r.site_id = m.site_id AND r.month = m.month)
  AND NOT EXISTS (
    SELECT FROM dirty_windows w WHERE w.site_id = m.site_id AND w.day >= m.month AND w.day < m.month + interval '1 month'
  )
  AND (month::date, site_id) > ($2::date, $3::text)
ORDER BY month, site_id
LIMIT $4
