-- What a rollup lacks when events were only added since: a question then reads no more than the days of their visitors, and
-- adds that up (server/stats/added.ts). Columns are added where they are not there yet; see 0004 for why so.
DO $$
BEGIN
  -- Of a mark: only events were added, none of them before this time, and all with ids above those that were there. Null:
  -- anything may have changed.
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'dirty_windows'::regclass AND attname = 'added_from') THEN
    ALTER TABLE dirty_windows ADD COLUMN added_from timestamptz;
  END IF;
  -- The newest event that is rolled up, in all tables of the day. Null: rolled up by a Muntra that did not note it.
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'sessions_daily'::regclass AND attname = 'up_to') THEN
    ALTER TABLE sessions_daily ADD COLUMN up_to bigint;
  END IF;
END
$$;
