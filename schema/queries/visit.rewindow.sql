-- Divides whole days of visitors into visits anew; touches the rows whose visit changes and no others.
-- $1 sites, $2 visitors, $3 starts of the UTC days. The id of a visit is that of `visitId` in server/pipeline/visits.ts.
-- The caller puts the month's partition in the place of raw_events, as in visit.last.sql.
WITH spaced AS (
  SELECT r.ctid AS place, r.visitor_hash, r.session_hash, r.created_at, k.n,
    r.created_at - lag(r.created_at) OVER (PARTITION BY k.n ORDER BY r.created_at) <= interval '30 minutes' AS goes_on
  FROM unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS k (site_id, visitor_hash, day, n)
  JOIN raw_events r
    ON r.site_id = k.site_id
    AND r.visitor_hash = k.visitor_hash
    AND r.created_at - k.day >= interval '0'
    AND r.created_at - k.day < interval '24 hours'
),
begun AS (
  SELECT *, max(created_at) FILTER (WHERE goes_on IS NOT TRUE) OVER (PARTITION BY n ORDER BY created_at) AS begin
  FROM spaced
),
visits AS (
  SELECT place, session_hash,
    left(visitor_hash, 12) || '-' || to_hex(floor(extract(epoch FROM begin))::bigint) AS visit
  FROM begun
)
UPDATE raw_events r
SET session_hash = v.visit
FROM visits v
WHERE r.ctid = v.place
  AND v.session_hash <> v.visit
