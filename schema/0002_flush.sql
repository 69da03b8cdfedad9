-- What the flush keeps beside the events.

-- Marks on the UTC days of sites whose rollups no longer agree with raw_events.
--
-- A mark is a row of its own, not a flag: the transaction that changes events of a day inserts a new mark, whether the
-- day has one or not. The rollup deletes the marks that it sees and then, by later statements of the same transaction,
-- recomputes those days. What it saw was committed before, so it recomputes with those events; a mark committed later
-- it did not delete, so it stays. With one row a day, the flush would find it, add nothing, and commit its events
-- after the rollup had deleted the row: the day would be wrong for good. As it is, no two transactions meet on a row:
-- nobody waits and nothing can deadlock, whatever the order.
--
-- A day is clean when it has no mark; ask with EXISTS, a day may have thousands until the next rollup.
CREATE TABLE IF NOT EXISTS dirty_windows (
  site_id text   NOT NULL,
  day     date   NOT NULL,
  mark    bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (site_id, day, mark)
);

-- Who stored events last. One row, whose lock is the right to do so (server/pipeline/event-writer.ts).
CREATE TABLE IF NOT EXISTS event_writer (
  one    boolean PRIMARY KEY DEFAULT true CHECK (one),
  token  uuid,
  before uuid
);
-- ON CONFLICT would wait for the flush of another instance, which may wait for a lock of ours: a deadlock.
INSERT INTO event_writer SELECT true WHERE NOT EXISTS (SELECT FROM event_writer);
