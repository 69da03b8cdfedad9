-- What there is to copy. {old} is the old table.
INSERT INTO muntra_takeover.days (site_id, day, events)
SELECT site_id, created_at::date, count(*)
FROM {old}
GROUP BY 1, 2
