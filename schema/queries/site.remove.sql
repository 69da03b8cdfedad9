-- $1 id. Everything that is stored of the site; how many events that were. What PostgreSQL refused is a row of text: its second
-- field is the site, after a time of 24 characters, or of 27 where a clock is off by thousands of years. A token for the site
-- alone goes too, and one for others no longer opens it: the name is free for another site.
WITH site AS (
  DELETE FROM sites WHERE site_id = $1
), drops AS (
  DELETE FROM drops_daily WHERE site_id = $1
), bots AS (
  DELETE FROM bots_daily WHERE site_id = $1
), pruned AS (
  DELETE FROM pruned_sites WHERE site_id = $1
), marks AS (
  DELETE FROM dirty_windows WHERE site_id = $1
), sessions AS (
  DELETE FROM sessions_daily WHERE site_id = $1
), parts AS (
  DELETE FROM sessions_partial WHERE site_id = $1
), part_breakdowns AS (
  DELETE FROM breakdowns_partial WHERE site_id = $1
), referrers AS (
  DELETE FROM referrers_daily WHERE site_id = $1
), countries AS (
  DELETE FROM countries_daily WHERE site_id = $1
), breakdowns AS (
  DELETE FROM breakdowns_daily WHERE site_id = $1
), months AS (
  DELETE FROM rolled_months WHERE site_id = $1
), month_breakdowns AS (
  DELETE FROM breakdowns_monthly WHERE site_id = $1
), refused AS (
  DELETE FROM rejected_events WHERE position(convert_to(format(E'\t%s\t', $1), 'UTF8') IN payload) IN (25, 28)
), tokens AS (
  DELETE FROM api_tokens WHERE sites <@ ARRAY[$1::text] AND sites <> '{}'
), tokens_of_others AS (
  UPDATE api_tokens SET sites = array_remove(sites, $1::text) WHERE $1::text = ANY (sites) AND NOT sites <@ ARRAY[$1::text]
), events AS (
  DELETE FROM raw_events WHERE site_id = $1
  RETURNING 1
)
SELECT count(*)::int AS events FROM events
