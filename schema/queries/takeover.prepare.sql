-- A place beside the tables of the Go Muntra, in which the new raw_events grows until it is whole.
-- What is left in the schema in the end is dropped with it.
CREATE SCHEMA muntra_takeover;

-- What there is to copy, by site and UTC day.
CREATE TABLE muntra_takeover.days (
  site_id text   NOT NULL,
  day     date   NOT NULL,
  events  bigint NOT NULL
);

-- The first parameter of that name in a page's query, as `readCampaign` in server/ingest/page.ts reads it: escapes are
-- decoded if all of them are right.
CREATE FUNCTION muntra_takeover.campaign(query text, name text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  value text := replace(substring(query FROM '(?:^|&)' || name || '=([^&]+)'), '+', ' ');
  bytes bytea := '';
  part text[];
BEGIN
  IF value IS NULL OR value !~ '%' OR value ~ '%(?![0-9A-Fa-f]{2})' THEN
    RETURN left(value, 200);
  END IF;
  FOR part IN SELECT regexp_matches(value, '%([0-9A-Fa-f]{2})|([^%]+)', 'g') LOOP
    bytes := bytes || coalesce(decode(part[1], 'hex'), convert_to(part[2], 'UTF8'));
  END LOOP;
  RETURN left(convert_from(bytes, 'UTF8'), 200);
EXCEPTION
  WHEN character_not_in_repertoire OR untranslatable_character THEN
    RETURN left(value, 200);
END
$$;
