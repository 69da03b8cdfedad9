-- Spans of $1 days that could be made: over on $2 (today), not made yet, clean, and with a day that is rolled up.
SELECT site_id AS site, day::text
FROM (
  SELECT DISTINCT site_id, date '1970-01-01' + (day - date '1970-01-01') / $1::int * $1::int AS day FROM sessions_daily
) span
WHERE day + $1::int <= $2::date
  AND NOT EXISTS (SELECT FROM rollup_spans r WHERE r.site_id = span.site_id AND r.days = $1 AND r.day = span.day)
  AND NOT EXISTS (
    SELECT FROM dirty_windows w WHERE w.site_id = span.site_id AND w.day >= span.day AND w.day < span.day + $1::int
  )
ORDER BY 1, 2
