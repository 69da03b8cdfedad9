-- Whether there are events in the rest of the UTC days that a range begins and ends in, and whether those days are pruned.
-- $1 site; $2, $3 before; $4, $5 after.
SELECT
  EXISTS (SELECT FROM raw_events WHERE site_id = $1 AND created_at >= $2 AND created_at < $3) AS before,
  EXISTS (SELECT FROM raw_events WHERE site_id = $1 AND created_at >= $4 AND created_at < $5) AS after,
  coalesce((SELECT before > $2::timestamptz FROM pruned_sites WHERE site_id = $1), false) AS pruned_first,
  coalesce((SELECT before >= $5::timestamptz FROM pruned_sites WHERE site_id = $1), false) AS pruned_last
