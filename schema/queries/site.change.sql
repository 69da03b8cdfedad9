-- $1 id, $2 time zone or null, $3 origins or null; null leaves what is. $4 whether $5, days of retention or null, is set.
WITH changed AS (
  UPDATE sites
  SET timezone = coalesce($2, timezone), retention_days = CASE WHEN $4 THEN $5::int ELSE retention_days END
  WHERE site_id = $1
  RETURNING site_id
), removed AS (
  DELETE FROM site_origins WHERE site_id = $1 AND origin <> ALL ($3::text[])
)
INSERT INTO site_origins (site_id, origin)
SELECT site_id, unnest($3::text[]) FROM changed
ON CONFLICT (site_id, origin) DO NOTHING
