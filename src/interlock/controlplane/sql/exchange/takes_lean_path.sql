-- Returns whether plain results and starts take the lean path. Tests turn it off with the setting interlock.lean_path = off.
create function interlock.takes_lean_path() returns boolean language sql stable as $$
    select coalesce(pg_catalog.current_setting('interlock.lean_path', true), 'on') <> 'off'
$$;
