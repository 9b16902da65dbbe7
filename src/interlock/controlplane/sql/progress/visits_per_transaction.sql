-- Returns about how many visits and tokens one transaction may make. Tests lower it with the setting interlock.visits_per_transaction.
create function interlock.visits_per_transaction() returns integer language sql stable as $$
    select coalesce(nullif(pg_catalog.current_setting('interlock.visits_per_transaction', true), '')::integer, 5000)
$$;
