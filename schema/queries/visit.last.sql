-- The last stored event of each visitor's UTC day, and its visit: within a day ids of visits sort as their beginnings.
-- $1 sites, $2 visitors, $3 starts of the days. The caller puts the month's partition in the place of raw_events. One end
-- of the day is asked for in a form that no index serves, so that the index on (site_id, visitor_hash) is used.
SELECT k.n::int AS n, e.visit, e.at
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS k (site_id, visitor_hash, day, n)
CROSS JOIN LATERAL (
  SELECT max(r.session_hash COLLATE "C") AS visit, (extract(epoch FROM max(r.created_at)) * 1000)::float8 AS at
  FROM raw_events r
  WHERE r.site_id = k.site_id
    AND r.visitor_hash = k.visitor_hash
    AND r.created_at >= k.day
    AND r.created_at - k.day < interval '24 hours'
) e
WHERE e.at IS NOT NULL
