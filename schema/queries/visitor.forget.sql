-- Removes the events of a visitor's UTC day, those that were set aside too, and marks the day. $1 sites, $2 the hashes that the
-- visitor may have, $3 day. How many events each site had.
WITH gone AS (
  DELETE FROM raw_events
  WHERE site_id = ANY ($1::text[]) AND visitor_hash = ANY ($2::text[])
    AND created_at >= $3::date AND created_at < $3::date + 1
  RETURNING site_id
), refused AS (
  DELETE FROM rejected_events USING unnest($1::text[]) AS s (site_id), unnest($2::text[]) AS v (visitor_hash)
  WHERE position(convert_to(format(E'\t%s\t%s\t', s.site_id, v.visitor_hash), 'UTF8') IN payload) > 0
  RETURNING s.site_id
), marked AS (
  INSERT INTO dirty_windows (site_id, day) SELECT DISTINCT site_id, $3::date FROM gone
)
SELECT site_id AS site, count(*)::int AS events
FROM (SELECT site_id FROM gone UNION ALL SELECT site_id FROM refused) AS events
GROUP BY site_id
ORDER BY site_id COLLATE "C"
