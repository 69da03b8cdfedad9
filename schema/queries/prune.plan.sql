-- How many events are past their retention, by site, and their size: reads all of them. $1 sites, $2 for each the UTC day before
-- which they are.
SELECT d.site_id AS site, count(*)::int AS events, sum(pg_column_size(e.*))::float8 AS bytes
FROM unnest($1::text[], $2::date[]) AS d (site_id, before)
JOIN raw_events e ON e.site_id = d.site_id AND e.created_at < d.before
GROUP BY 1
