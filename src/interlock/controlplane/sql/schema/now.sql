-- Returns the time of the one clock. Every time in the schema comes from here; tests move it through interlock.test_clock.
create function interlock.now() returns timestamptz language sql volatile as $$
    select pg_catalog.clock_timestamp() + coalesce((select c.shift from interlock.test_clock c), interval '0')
$$;
