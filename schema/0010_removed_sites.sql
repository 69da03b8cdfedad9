-- A site that is being removed takes no events, and nobody sees it; its row goes with the last of what is stored of it. So a
-- removal that is killed can be repeated, and its name is not taken before. See 0004 for why so.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'sites'::regclass AND attname = 'removing') THEN
    ALTER TABLE sites ADD COLUMN removing boolean NOT NULL DEFAULT false;
  END IF;
END
$$;
