-- Returns whether a key is held, by hand, by a visit or by an execution, see own_lock. Named by seed 002. Caller: a client, over SQL. Changes nothing.
create function interlock.has_workflow_lock(lock_key text) returns boolean language sql stable as $$
    select interlock.is_lock_held(interlock.own_lock(lock_key), interlock.now())
$$;
