-- The newest Muntra that has brought this database to its schema: one row. An older one does not start on it.
CREATE TABLE IF NOT EXISTS schema_version (
  one         boolean     PRIMARY KEY DEFAULT true CHECK (one),
  version     text        NOT NULL,
  migrated_at timestamptz NOT NULL DEFAULT now()
);
