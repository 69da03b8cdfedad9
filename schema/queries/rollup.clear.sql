-- Forgets the rollups of one UTC day, but for the lists that rollup.breakdowns.sql compares, and those of its month.
-- $1 site, $2 day.
WITH sessions AS (
  DELETE FROM sessions_daily WHERE site_id = $1 AND day = $2
), parts AS (
  DELETE FROM sessions_partial WHERE site_id = $1 AND from_at >= $2::date AND from_at < $2::date + 1
), part_breakdowns AS (
  DELETE FROM breakdowns_partial WHERE site_id = $1 AND from_at >= $2::date AND from_at < $2::date + 1
), referrers AS (
  DELETE FROM referrers_daily WHERE site_id = $1 AND day = $2
), countries AS (
  DELETE FROM countries_daily WHERE site_id = $1 AND day = $2
), month AS (
  DELETE FROM rolled_months WHERE site_id = $1 AND month = date_trunc('month', $2::date) RETURNING month
)
DELETE FROM breakdowns_monthly b USING month WHERE b.site_id = $1 AND b.month = month.month
