-- All events of those visitors who have come since a day was rolled up, and whether they are `rolled`. $1 site. Of the
-- month's partition, and without a plain condition on time for each visitor, or PostgreSQL may read the whole day for each:
-- see server/pipeline/visits.ts.
SELECT e.*, e.id <= {up_to} AS rolled
FROM (
  SELECT DISTINCT visitor_hash FROM {month}
  WHERE site_id = $1 AND created_at >= {from} AND created_at < {day} + interval '1 day' AND id > {up_to}
) v CROSS JOIN LATERAL (
  SELECT * FROM {month}
  WHERE site_id = $1 AND visitor_hash = v.visitor_hash
    AND created_at - {day} >= interval '0' AND created_at - {day} < interval '1 day'
  OFFSET 0
) e
