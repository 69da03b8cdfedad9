-- Events and pageviews of each site and UTC day: what a restored database must come to as well.
-- In the order of bytes, which is the same in a database of any collation.
SELECT site_id, created_at::date AS day, count(*) AS events, count(*) FILTER (WHERE event_name = 'pageview') AS pageviews
FROM raw_events
GROUP BY 1, 2
ORDER BY site_id COLLATE "C", 2
