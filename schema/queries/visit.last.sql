-- The last stored event of each visitor's UTC day and its visit. $1 sites, $2 visitors, $3 starts of the days.
-- Sorted by an expression, so that only the index on (site_id, visitor_hash) can serve it: to sort by created_at alone
-- PostgreSQL may walk the site's whole day backwards in the other index, for each visitor.
SELECT k.n::int AS n, e.visit, e.at
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS k (site_id, visitor_hash, day, n)
CROSS JOIN LATERAL (
  SELECT r.session_hash AS visit, (extract(epoch FROM r.created_at) * 1000)::float8 AS at
  FROM raw_events r
  WHERE r.site_id = k.site_id
    AND r.visitor_hash = k.visitor_hash
    AND r.created_at >= k.day
    AND r.created_at < k.day + interval '24 hours'
  ORDER BY r.created_at - k.day DESC
  LIMIT 1
) e
