-- Totals of buckets from rollups. A row without figures is a time that has to be read from events; one with figures and a
-- time lacks what was added to that time since.
-- $1 site; $2 buckets, $3 first and $4 next day of the whole UTC days in them; $5 buckets, $6 from and $7 to of parts of days,
-- in unix milliseconds, exact from 1685 to 2255; $8 days to be read from events, $9 days to which events were added.
-- Of a pruned day a part that is not rolled up cannot be told from the rest: the day belongs to the part that has its noon.
WITH whole AS (
  SELECT * FROM unnest($2::int[], $3::date[], $4::date[]) AS w (bucket, from_day, to_day)
), part AS (
  SELECT bucket,
    timestamptz 'epoch' + from_ms * interval '1 millisecond' AS from_at,
    timestamptz 'epoch' + to_ms * interval '1 millisecond' AS to_at
  FROM unnest($5::int[], $6::bigint[], $7::bigint[]) AS p (bucket, from_ms, to_ms)
), found AS (
  SELECT w.bucket,
    CASE WHEN d.day = ANY ($9::date[]) THEN d.day END AS from_at, CASE WHEN d.day = ANY ($9::date[]) THEN d.day + 1 END AS to_at,
    sum(d.visitors) AS visitors, sum(d.visits) AS visits, sum(d.pageviews) AS pageviews, sum(d.bounces) AS bounces,
    sum(d.duration_ms) AS duration_ms
  FROM whole w JOIN sessions_daily d ON d.site_id = $1 AND d.day >= w.from_day AND d.day < w.to_day
  WHERE d.day <> ALL ($8::date[])
  GROUP BY 1, 2, 3
  UNION ALL
  SELECT w.bucket, c.day, c.day + 1, NULL, NULL, NULL, NULL, NULL
  FROM whole w JOIN unnest($8::date[]) AS c (day) ON c.day >= w.from_day AND c.day < w.to_day
  UNION ALL
  SELECT p.bucket,
    CASE WHEN coalesce(s.visits, d.visits) IS NULL OR p.from_at::date = ANY ($9::date[]) THEN p.from_at END,
    CASE WHEN coalesce(s.visits, d.visits) IS NULL OR p.from_at::date = ANY ($9::date[]) THEN p.to_at END,
    coalesce(s.visitors, d.visitors), coalesce(s.visits, d.visits), coalesce(s.pageviews, d.pageviews),
    coalesce(s.bounces, d.bounces), coalesce(s.duration_ms, d.duration_ms)
  FROM part p
  LEFT JOIN sessions_partial s
    ON s.site_id = $1 AND s.from_at = p.from_at AND s.to_at = p.to_at AND s.from_at::date <> ALL ($8::date[])
  -- OFFSET 0 keeps PostgreSQL from looking for a day where the part is known.
  LEFT JOIN LATERAL (
    SELECT visitors, visits, pageviews, bounces, duration_ms
    FROM sessions_daily
    WHERE s.visits IS NULL AND site_id = $1 AND day = p.from_at::date
      AND day < (SELECT before FROM pruned_sites WHERE site_id = $1)
      AND day + interval '12 hours' >= p.from_at AND day + interval '12 hours' < p.to_at
    OFFSET 0
  ) d ON true
)
SELECT bucket, (extract(epoch FROM from_at) * 1000)::float8 AS "from", (extract(epoch FROM to_at) * 1000)::float8 AS "to",
  visitors::float8, visits::float8, pageviews::float8, bounces::float8, duration_ms::float8
FROM found
