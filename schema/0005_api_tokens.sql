-- Tokens of the API beside the one of the environment, as hashes: a token is 256 random bits, so its plain SHA-256 cannot
-- be tried out, and neither a salt nor a slow hash would add anything.
CREATE TABLE IF NOT EXISTS api_tokens (
  name       text        PRIMARY KEY,
  hash       text        NOT NULL UNIQUE,
  access     text        NOT NULL CHECK (access IN ('read', 'admin')),
  -- Null: all.
  sites      text[],
  created_at timestamptz NOT NULL DEFAULT now(),
  -- UTC.
  used_on    date
);
