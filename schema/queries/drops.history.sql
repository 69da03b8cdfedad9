-- $1 site, $2 first day. One row for each day, newest first.
SELECT to_char(day, 'YYYY-MM-DD') AS day, json_object_agg(reason, events) AS reasons
FROM drops_daily
WHERE site_id = $1 AND day >= $2::date
GROUP BY day
ORDER BY day DESC
