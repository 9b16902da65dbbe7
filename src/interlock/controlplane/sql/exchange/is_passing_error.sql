-- Errors of the moment, which a second try of the whole call may not meet: connections, locks, resources, shutdown.
create function interlock.is_passing_error(p_sqlstate text) returns boolean language sql immutable as $$
    select pg_catalog.left(p_sqlstate, 2) in ('08', '40', '53', '55', '57', '58')
$$;
