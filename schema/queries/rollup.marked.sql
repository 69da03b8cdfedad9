-- The marked days, oldest first, each with its newest mark; the other marks, which say no more, are removed.
WITH newest AS (
  SELECT site_id, day, max(mark) AS mark FROM dirty_windows GROUP BY site_id, day
), older AS (
  DELETE FROM dirty_windows d USING newest n WHERE d.site_id = n.site_id AND d.day = n.day AND d.mark < n.mark
)
SELECT site_id AS site, day::text, mark::text FROM newest ORDER BY day, site_id
