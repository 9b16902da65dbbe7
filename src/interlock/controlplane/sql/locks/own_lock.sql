-- Returns the key under which a lock is stored that a caller names: it is of the workspace of the call, of the first one if the call is not limited.
create function interlock.own_lock(p_name text) returns text language sql stable as $$
    select interlock.scoped_name(interlock.own_workspace(), p_name)
$$;
