-- $1 id. Everything that is stored of the site; how many events that were.
WITH site AS (
  DELETE FROM sites WHERE site_id = $1
), drops AS (
  DELETE FROM drops_daily WHERE site_id = $1
), marks AS (
  DELETE FROM dirty_windows WHERE site_id = $1
), events AS (
  DELETE FROM raw_events WHERE site_id = $1
  RETURNING 1
)
SELECT count(*)::int AS events FROM events
