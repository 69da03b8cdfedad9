-- The robots among what `/collect` turned away, by the name that their user agent gives, or by what gave them away. Names are few:
-- an instance takes a hundred a day (server/ingest/drops.ts).
CREATE TABLE IF NOT EXISTS bots_daily (
  site_id text   NOT NULL,
  day     date   NOT NULL,
  bot     text   NOT NULL,
  events  bigint NOT NULL,
  PRIMARY KEY (site_id, day, bot)
);
