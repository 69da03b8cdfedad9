-- Retention. Tables are only changed where they have to be: at each start the locks would stand in the way of instances at work.

-- The site's events before this UTC day are dropped, or are about to be: their rollups are all that is left, and stay.
CREATE TABLE IF NOT EXISTS pruned_sites (
  site_id text PRIMARY KEY,
  before  date NOT NULL
);

-- So such a day is never marked, or it would be rolled up from nothing. An event that comes that late is refused with its
-- mark, in the transaction that would store it.
CREATE OR REPLACE FUNCTION refuse_pruned_day() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  pruned date := (SELECT before FROM pruned_sites WHERE site_id = NEW.site_id AND before > NEW.day);
BEGIN
  IF pruned IS NOT NULL THEN
    RAISE check_violation USING MESSAGE =
      format('%s is past the retention of site %s: its events before %s are dropped', NEW.day, NEW.site_id, pruned);
  END IF;
  RETURN NEW;
END
$$;

DO $$
BEGIN
  -- How long a site's events are kept: whole UTC days; 0: for ever; null: as MUNTRA_RETENTION says.
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'sites'::regclass AND attname = 'retention_days') THEN
    ALTER TABLE sites ADD COLUMN retention_days int CHECK (retention_days >= 0);
  END IF;
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'dirty_windows'::regclass AND tgname = 'refuse_pruned_day') THEN
    CREATE TRIGGER refuse_pruned_day BEFORE INSERT ON dirty_windows
      FOR EACH ROW EXECUTE FUNCTION refuse_pruned_day();
  END IF;
END
$$;
