-- Removes what PostgreSQL refused, which nobody can tell the age or the site of for certain: after 30 days, or sooner where the
-- events of any site go sooner. $1 days for sites that say nothing else (0: for ever), $2 now.
DELETE FROM rejected_events
WHERE rejected_at < $2::timestamptz - make_interval(days => least(
  30, nullif($1::int, 0), (SELECT min(nullif(retention_days, 0)) FROM sites)
))
