-- Returns the id of the workspace that names are of: the one that this transaction is limited to, else the first one.
create function interlock.own_workspace() returns integer language sql stable as $$
    select coalesce(interlock.current_workspace(), 1)
$$;
