-- How many visits and tokens one transaction may make, about. Tests make it small with the setting interlock.visits_per_transaction.
create function interlock.visits_per_transaction() returns integer language sql stable as $$
    select coalesce(nullif(pg_catalog.current_setting('interlock.visits_per_transaction', true), '')::integer, 5000)
$$;
