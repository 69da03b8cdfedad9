-- The marked days, oldest first, each with its newest mark. Of the others only the one stays that says most: that anything may
-- have changed, or the earliest time from which events were added.
WITH marked AS (
  SELECT site_id, day, max(mark) AS newest, (array_agg(mark ORDER BY added_from NULLS FIRST, mark))[1] AS widest
  FROM dirty_windows
  GROUP BY site_id, day
), others AS (
  DELETE FROM dirty_windows d USING marked m
  WHERE d.site_id = m.site_id AND d.day = m.day AND d.mark < m.newest AND d.mark <> m.widest
)
SELECT site_id AS site, day::text, newest::text AS mark FROM marked ORDER BY day, site_id
