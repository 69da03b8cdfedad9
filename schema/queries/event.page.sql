-- $1 site, $2 time and $3 id of the last event given, $4 end of the range, $5 rows, $6 bytes: no event begins behind them. As
-- lines of an export, whose keys are the names of the columns; event_data apart, as the nulls within it are to stay.
WITH page AS (
  SELECT created_at, id, event_data::text AS data, json_strip_nulls(json_build_object(
    'created_at', created_at,
    'site_id', site_id,
    'visitor_hash', visitor_hash,
    'session_hash', session_hash,
    'event_name', event_name,
    'url_path', url_path,
    'url_query', url_query,
    'referrer_domain', referrer_domain,
    'referrer_path', referrer_path,
    'ua_browser', ua_browser,
    'ua_browser_version', ua_browser_version,
    'ua_os', ua_os,
    'ua_os_version', ua_os_version,
    'ua_device', ua_device,
    'country', country,
    'region', region,
    'city', city,
    'language', language,
    'screen', screen,
    'viewport', viewport,
    'timezone', timezone,
    'pixel_ratio', pixel_ratio,
    'utm_source', utm_source,
    'utm_medium', utm_medium,
    'utm_campaign', utm_campaign,
    'utm_term', utm_term,
    'utm_content', utm_content
  ))::text AS line
  FROM raw_events
  WHERE site_id = $1 AND created_at >= $2 AND created_at < $4 AND (created_at, id) > ($2, $3)
  ORDER BY created_at, id
  LIMIT $5
), sized AS (
  SELECT *, sum(octet_length(line) + coalesce(octet_length(data), 0)) OVER before AS begins
  FROM page
  WINDOW before AS (ORDER BY created_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT created_at::text AS at, id::text AS number, data, line
FROM sized
WHERE coalesce(begins, 0) < $6
ORDER BY created_at, id
