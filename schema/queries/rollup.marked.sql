-- Marked days, oldest first, each with its newest mark: the next $3 after $1 day and $2 site. Of the other marks only the one
-- stays that says most: that anything may have changed, or the earliest time from which events were added.
WITH marked AS (
  SELECT site_id, day, max(mark) AS newest, (array_agg(mark ORDER BY added_from NULLS FIRST, mark))[1] AS widest
  FROM dirty_windows
  GROUP BY site_id, day
), others AS (
  DELETE FROM dirty_windows d USING marked m
  WHERE d.site_id = m.site_id AND d.day = m.day AND d.mark < m.newest AND d.mark <> m.widest
)
SELECT site_id AS site, day::text, newest::text AS mark FROM marked
WHERE (day, site_id) > ($1::date, $2::text)
ORDER BY day, site_id
LIMIT $3
