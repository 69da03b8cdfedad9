-- Sizes of tables, parts of a table under its name. $1 names. Rows as PostgreSQL estimates them.
SELECT coalesce(parent.relname, part.relname)::text AS table,
  sum(greatest(part.reltuples, pg_stat_get_live_tuples(part.oid)))::float8 AS rows,
  sum(pg_table_size(part.oid))::float8 AS bytes,
  sum(pg_indexes_size(part.oid))::float8 AS indexes
FROM pg_class part
LEFT JOIN pg_inherits ON inhrelid = part.oid
LEFT JOIN pg_class parent ON parent.oid = inhparent
WHERE part.relkind = 'r' AND coalesce(inhparent, part.oid) IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS t (name))
GROUP BY 1
ORDER BY sum(pg_total_relation_size(part.oid)) DESC, 1
