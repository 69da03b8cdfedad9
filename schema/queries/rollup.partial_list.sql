-- Keeps the list of a part of a UTC day, unless a mark tells that the day has changed. $1 site; `list` has x, y and visitors.
-- It takes the place of the one that was kept of that day. What nobody has asked for since yesterday goes: a day's lists follow
-- from its events, which are rarely asked for again.
WITH old AS (
  DELETE FROM breakdowns_partial
  WHERE site_id = $1 AND (
    kept_at < now() - interval '1 day'
    OR dimension = {dimension} AND from_at >= {from}::date AND from_at < {from}::date + 1
  )
)
INSERT INTO breakdowns_partial (site_id, dimension, from_at, to_at, value, views, visitors)
SELECT $1, {dimension}, {from}, {to}, x, y, visitors
FROM ({list}) list
WHERE NOT EXISTS (SELECT FROM dirty_windows WHERE site_id = $1 AND day = {from}::date)
