-- Returns the number of a key's advisory lock. A transaction that inserts a key's row holds it, so that others need not wait to see the row.
create function interlock.advisory_key(p_key text) returns bigint language sql immutable as $$
    select pg_catalog.hashtextextended('interlock.lock ' || p_key, 0)
$$;
