-- Returns the time of the one clock. Every time in the schema comes from here; tests move it through interlock.test_clock.
-- PL/pgSQL, because before version 18 PostgreSQL plans the body of an SQL function anew in each statement that calls it. Where a statement reads many rows,
-- write (select interlock.now()): it is called once.
create function interlock.now() returns timestamptz language plpgsql volatile set search_path = '' as $$
begin
    return clock_timestamp() + coalesce((select c.shift from interlock.test_clock c), interval '0');
end $$;
