-- Removes the row of a canary, and those that nobody came back for; tells whether the row was there. What a rollup may have
-- made of it goes with the next one. $1 site of the canaries, $2 its visitor, $3 from when on others are still in use.
WITH gone AS (
  DELETE FROM raw_events WHERE site_id = $1 AND (visitor_hash = $2 OR created_at < $3)
  RETURNING visitor_hash, created_at::date AS day
), marked AS (
  INSERT INTO dirty_windows (site_id, day) SELECT DISTINCT $1, day FROM gone
)
SELECT EXISTS (SELECT FROM gone WHERE visitor_hash = $2) AS found
