-- Columns of the tables $1, in their order; of a partitioned one those of each part, but of raw_events its own.
SELECT c.relname::text AS table,
  (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
   WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns
FROM unnest($1::text[]) WITH ORDINALITY AS t (name, place)
LEFT JOIN pg_inherits ON inhparent = to_regclass(name) AND name <> 'raw_events'
JOIN pg_class c ON c.oid = coalesce(inhrelid, to_regclass(name))
ORDER BY place, c.relname
