-- Whether an event's visit has one, in the same slice of time, that filters pick. $1 site.
({slice}, session_hash) IN (
  SELECT {slice}, session_hash
  FROM {events}
  WHERE site_id = $1 AND ({within}) AND event_name <> 'engagement' AND ({matches})
)
