-- $1 site, null for all, $2 first day, $3 the one after the last. One row for each day, newest first.
SELECT to_char(day, 'YYYY-MM-DD') AS day, json_object_agg(reason, events) AS reasons
FROM (
  SELECT day, reason, sum(events) AS events
  FROM drops_daily
  WHERE ($1::text IS NULL OR site_id = $1) AND day >= $2::date AND day < $3::date
  GROUP BY day, reason
  ORDER BY day, reason
) AS by_reason
GROUP BY day
ORDER BY day DESC
