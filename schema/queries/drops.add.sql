-- Adds counts of what was turned away. $1 sites, $2 days, $3 reasons, $4 robots ('' for what is none), $5 events.
WITH counted AS (
  SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::bigint[]) AS u (site_id, day, reason, bot, events)
), bots AS (
  INSERT INTO bots_daily AS b (site_id, day, bot, events)
  SELECT site_id, day, bot, events FROM counted WHERE bot <> '' ORDER BY site_id, day, bot
  ON CONFLICT (site_id, day, bot) DO UPDATE SET events = b.events + excluded.events
)
INSERT INTO drops_daily AS d (site_id, day, reason, events)
SELECT site_id, day, reason, sum(events) FROM counted GROUP BY site_id, day, reason ORDER BY site_id, day, reason
ON CONFLICT (site_id, day, reason) DO UPDATE SET events = d.events + excluded.events
