-- Releases a lock that was acquired by hand, see own_lock. Named by seed 002.
-- Transition: held -> free. Caller: a client, over SQL. Locks: the key's row. Errors: none. A repeat, or another holder's key, changes nothing: returns false.
create function interlock.release_workflow_lock(lock_key text, instance_id text) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_now timestamptz := interlock.now();
    v_key text := interlock.own_lock(lock_key);
begin
    perform interlock.require_read_committed();
    update interlock.locks l set holder = null, expires_at = null
    where l.lock_key = v_key and l.holder = instance_id and l.expires_at > v_now;
    if not found then
        return false;
    end if;
    perform interlock.wake_workers(interlock.wake_lock_waiters(array[v_key], v_now));
    return true;
end $$;
