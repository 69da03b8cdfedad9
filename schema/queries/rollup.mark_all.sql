-- Marks every day that has events or is rolled up, but those whose events are dropped: their rollups are all that is left.
INSERT INTO dirty_windows (site_id, day)
SELECT site_id, day
FROM (SELECT site_id, created_at::date AS day FROM raw_events UNION SELECT site_id, day FROM sessions_daily) known
WHERE NOT EXISTS (SELECT FROM pruned_sites p WHERE p.site_id = known.site_id AND p.before > known.day)
