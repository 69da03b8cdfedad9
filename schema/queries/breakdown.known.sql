-- What is known of a site's days. $1 site, $2 first day, $3 day after the last; days are numbers since 1970-01-01. And of a
-- dimension $4 the places, from 1, of those parts of days, $5 from and $6 to, whose lists are kept.
SELECT
  (SELECT min(day) FROM sessions_daily WHERE site_id = $1) - date '1970-01-01' AS first,
  (SELECT max(day) FROM sessions_daily WHERE site_id = $1) - date '1970-01-01' AS last,
  ARRAY(SELECT month - date '1970-01-01' FROM rolled_months WHERE site_id = $1 AND month >= $2 AND month < $3) AS months,
  ARRAY(
    SELECT place::int FROM unnest($5::timestamptz[], $6::timestamptz[]) WITH ORDINALITY AS p (from_at, to_at, place)
    WHERE EXISTS (
      SELECT FROM breakdowns_partial k
      WHERE k.site_id = $1 AND k.dimension = $4 AND k.from_at = p.from_at AND k.to_at = p.to_at
    )
  ) AS kept
