-- Months that somebody has written to since they were counted. {old} is the old
-- table, which nobody may change now.
WITH present AS (
  SELECT site_id, created_at::date AS day, count(*) AS events
  FROM {old}
  GROUP BY 1, 2
)
SELECT DISTINCT date_trunc('month', day) AS month
FROM present
FULL JOIN muntra_takeover.days planned USING (site_id, day)
WHERE present.events IS DISTINCT FROM planned.events
