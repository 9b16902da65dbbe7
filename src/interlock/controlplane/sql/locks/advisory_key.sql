-- The number of a key's advisory lock. Whoever makes a key's row holds it, so that others need not wait to learn whether there will be one.
create function interlock.advisory_key(p_key text) returns bigint language sql immutable as $$
    select pg_catalog.hashtextextended('interlock.lock ' || p_key, 0)
$$;
