-- Returns whether an error may be gone when the whole call is tried again: errors of connections, locks, resources and shutdown.
create function interlock.is_passing_error(p_sqlstate text) returns boolean language sql immutable as $$
    select pg_catalog.left(p_sqlstate, 2) in ('08', '40', '53', '55', '57', '58')
$$;
