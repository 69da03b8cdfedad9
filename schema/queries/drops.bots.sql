-- The robots that came most. $1 site, null for all, $2 first day, $3 the one after the last, $4 how many robots.
SELECT bot, sum(events)::float8 AS events
FROM bots_daily
WHERE ($1::text IS NULL OR site_id = $1) AND day >= $2::date AND day < $3::date
GROUP BY bot
ORDER BY 2 DESC, bot COLLATE "C"
LIMIT $4
