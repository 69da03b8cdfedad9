-- $1: the version that the asker knows. All sites that are not being removed, or null when nothing has changed since: every insert, update and
-- delete changes a count or the sum of the row versions, whoever made it.
WITH state AS (
  SELECT concat_ws(
    ' ',
    (SELECT concat_ws('/', count(*), sum(xmin::text::bigint)) FROM sites),
    (SELECT concat_ws('/', count(*), sum(xmin::text::bigint)) FROM site_origins)
  ) AS version
)
SELECT version, CASE WHEN version <> $1 THEN (
  SELECT coalesce(json_agg(json_build_object(
    'id', site_id,
    'origins', ARRAY(SELECT origin FROM site_origins WHERE site_origins.site_id = sites.site_id ORDER BY origin),
    'timezone', timezone,
    'retention', retention_days,
    'declared', 'store',
    'created', floor(extract(epoch FROM created_at) * 1000)
  )), '[]') FROM sites WHERE NOT removing
) END AS sites
FROM state
