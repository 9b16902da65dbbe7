-- Returns the id of the workspace that this transaction is limited to, which the API sets in each of its transactions; null: it is not limited, as of workers,
-- ticks and the owner of the database.
create function interlock.current_workspace() returns integer language sql stable as $$
    select nullif(current_setting('interlock.workspace', true), '')::integer
$$;
