-- When a backup was last read to its end, so that an old one can be warned of. Not part of a backup itself.
CREATE TABLE IF NOT EXISTS last_backup (
  one    boolean     PRIMARY KEY DEFAULT true CHECK (one),
  made   timestamptz NOT NULL,
  events bigint      NOT NULL
);
