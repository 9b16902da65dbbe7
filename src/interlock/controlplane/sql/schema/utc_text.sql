-- Returns a time as people and programs read it: UTC, with microseconds and a Z, whatever zone and form the session writes times in; or infinity.
-- Every time inside a text, or inside a JSON value that an answer returns as it is, is written by it. Python: utc_text in interlock/clock.py.
create function interlock.utc_text(p_at timestamptz) returns text language sql stable as $$
    select case when pg_catalog.isfinite(p_at) then pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') else p_at::text end
$$;
