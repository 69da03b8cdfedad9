-- What totals of days that are rolled up lack: those of all events of the visitors who have come since, to be added, and of
-- what is counted already, to be taken off. Both as of totals.raw.sql.
WITH added AS MATERIALIZED ({events})
SELECT 1 AS sign, present.* FROM ({present}) present
UNION ALL
SELECT -1, rolled.* FROM ({rolled}) rolled
