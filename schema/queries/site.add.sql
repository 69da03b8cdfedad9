-- $1 id, $2 time zone, $3 origins, $4 days of retention. No row when there is such a site already.
WITH added AS (
  INSERT INTO sites (site_id, timezone, retention_days) VALUES ($1, $2, $4)
  ON CONFLICT (site_id) DO NOTHING
  RETURNING site_id
), origins AS (
  INSERT INTO site_origins (site_id, origin)
  SELECT site_id, unnest($3::text[]) FROM added
)
SELECT site_id FROM added
