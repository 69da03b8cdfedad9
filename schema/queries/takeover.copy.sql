-- One month of the Go Muntra's events, $1 to $2, as ours would have stored them: real visits (as visit.rewindow.sql),
-- campaigns, referrers without `www.`, and texts no longer than ours. {old} is the old table,
-- {new} the month of the new one.
-- Site by site, because that is what the old table has an index for.
INSERT INTO {new} (
  id, created_at, pixel_ratio, site_id, visitor_hash, session_hash, url_path, url_query, referrer_domain, referrer_path,
  ua_browser, ua_browser_version, ua_os, ua_os_version, ua_device, country, language, screen, viewport, timezone,
  event_name, event_data, utm_source, utm_medium, utm_campaign, utm_term, utm_content
)
WITH spaced AS (
  SELECT e.*, e.created_at::date AS day,
    e.created_at - lag(e.created_at) OVER (PARTITION BY e.site_id, e.visitor_hash, e.created_at::date ORDER BY e.created_at)
      <= interval '30 minutes' AS goes_on
  FROM (SELECT DISTINCT site_id FROM days WHERE day >= $1 AND day < $2) s
  CROSS JOIN LATERAL (
    SELECT * FROM {old} r WHERE r.site_id = s.site_id AND r.created_at >= $1 AND r.created_at < $2
  ) e
),
begun AS (
  SELECT *,
    max(created_at) FILTER (WHERE goes_on IS NOT TRUE)
      OVER (PARTITION BY site_id, visitor_hash, day ORDER BY created_at) AS begin,
    CASE WHEN strpos(url_query, 'utm_') > 0 THEN url_query END AS campaigns
  FROM spaced
)
SELECT
  id, created_at, pixel_ratio, site_id, visitor_hash,
  left(visitor_hash, 12) || '-' || to_hex(floor(extract(epoch FROM begin))::bigint),
  left(url_path, CASE WHEN octet_length(url_path) <= 2400 THEN 800 ELSE 600 END),
  left(url_query, 1000),
  left(regexp_replace(referrer_domain, '^www\.', ''), 253),
  left(referrer_path, CASE WHEN octet_length(referrer_path) <= 2400 THEN 800 ELSE 600 END),
  left(ua_browser, 100), left(ua_browser_version, 100), left(ua_os, 100), left(ua_os_version, 100), left(ua_device, 100),
  left(country, 100), left(language, 16), left(screen, 24), left(viewport, 24), left(timezone, 64),
  -- No time report: it had none, and ours would count it nowhere (server/ingest/go-event.ts).
  CASE event_name WHEN 'engagement' THEN 'custom engagement' ELSE left(event_name, 100) END, event_data,
  campaign(campaigns, 'utm_source'),
  campaign(campaigns, 'utm_medium'),
  campaign(campaigns, 'utm_campaign'),
  campaign(campaigns, 'utm_term'),
  campaign(campaigns, 'utm_content')
FROM begun
ORDER BY created_at, id
