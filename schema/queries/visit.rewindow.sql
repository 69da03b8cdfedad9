-- Divides whole days of visitors into visits anew; touches the rows whose visit changes and no others.
-- $1 sites, $2 visitors, $3 starts of the UTC days. The id of a visit is that of `visitId` in server/pipeline/visits.ts.
WITH spaced AS (
  SELECT r.site_id, r.visitor_hash, r.session_hash, r.created_at, r.id, k.day,
    r.created_at - lag(r.created_at) OVER visitor_day <= interval '30 minutes' AS goes_on
  FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS k (site_id, visitor_hash, day)
  JOIN raw_events r
    ON r.site_id = k.site_id
    AND r.visitor_hash = k.visitor_hash
    AND r.created_at >= k.day
    AND r.created_at < k.day + interval '24 hours'
  WINDOW visitor_day AS (PARTITION BY r.site_id, r.visitor_hash, k.day ORDER BY r.created_at)
),
visits AS (
  SELECT site_id, visitor_hash, session_hash, created_at, id,
    left(visitor_hash, 12) || '-' || to_hex(floor(extract(epoch FROM
      max(created_at) FILTER (WHERE goes_on IS NOT TRUE) OVER (
        PARTITION BY site_id, visitor_hash, day ORDER BY created_at
      )))::bigint) AS visit
  FROM spaced
)
UPDATE raw_events r
SET session_hash = v.visit
FROM visits v
WHERE r.site_id = v.site_id
  AND r.visitor_hash = v.visitor_hash
  AND r.created_at = v.created_at
  AND r.id = v.id
  AND v.session_hash <> v.visit
