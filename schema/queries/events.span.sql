-- How many events a time has about, those of other sites included: ids are given in the order of coming. $1 site, $2 from, $3 to.
SELECT coalesce(abs(
  (SELECT id FROM raw_events WHERE site_id = $1 AND created_at >= $2 AND created_at < $3 ORDER BY created_at DESC LIMIT 1) -
  (SELECT id FROM raw_events WHERE site_id = $1 AND created_at >= $2 AND created_at < $3 ORDER BY created_at LIMIT 1)
), 0)::float8 AS events
