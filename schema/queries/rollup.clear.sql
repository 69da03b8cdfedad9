-- Forgets the rollups of one UTC day and of every span that holds it. $1 site, $2 day.
WITH sessions AS (
  DELETE FROM sessions_daily WHERE site_id = $1 AND day = $2
), parts AS (
  DELETE FROM sessions_partial WHERE site_id = $1 AND from_at >= $2::date AND from_at < $2::date + 1
), pages AS (
  DELETE FROM pageviews_hourly WHERE site_id = $1 AND hour >= $2::date AND hour < $2::date + 1
), referrers AS (
  DELETE FROM referrers_daily WHERE site_id = $1 AND day = $2
), countries AS (
  DELETE FROM countries_daily WHERE site_id = $1 AND day = $2
), breakdowns AS (
  DELETE FROM breakdowns_daily WHERE site_id = $1 AND day = $2
), span AS (
  DELETE FROM rollup_spans WHERE site_id = $1 AND day <= $2 AND day + days > $2 RETURNING days, day
)
DELETE FROM breakdown_spans b USING span WHERE b.site_id = $1 AND b.days = span.days AND b.day = span.day
