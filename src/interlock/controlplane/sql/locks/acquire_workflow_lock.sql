-- Acquires a lock by hand, for a caller that needs one outside a workflow. Named by seed 002.
-- Transition: free or expired -> held. Caller: a client, over SQL. Locks: the key's row. Errors: IL013 bad_request. A repeat by the same holder renews it.
-- Returns whether the caller holds it now. lock_key: 1 to 500 characters, see own_lock. timeout: seconds until it expires by itself.
create function interlock.acquire_workflow_lock(lock_key text, instance_id text, timeout integer default 300) returns boolean
language plpgsql set search_path = '' as $$
declare
    v_now  timestamptz := interlock.now();
    v_key  text := interlock.own_lock(lock_key);
    v_lock interlock.locks;
begin
    perform interlock.require_read_committed();
    if coalesce(timeout, 0) <= 0 or coalesce(instance_id, '') = '' then
        perform interlock.raise_error('IL013', 'A lock needs a holder, and a timeout of at least one second.');
    elsif length(lock_key) between 1 and 500 is not true then
        perform interlock.raise_error('IL013', 'The key of a lock has 1 to 500 characters.');
    end if;
    perform pg_advisory_xact_lock(interlock.advisory_key(v_key));
    insert into interlock.locks (lock_key) values (v_key) on conflict do nothing;
    select * into v_lock from interlock.locks l where l.lock_key = v_key for update;
    if v_lock.holder is distinct from instance_id and interlock.is_lock_held(v_key, v_now) then
        return false;
    end if;
    update interlock.locks l
    set holder = instance_id, expires_at = v_now + make_interval(secs => timeout),
        token = l.token + case when v_lock.holder is not distinct from instance_id and v_lock.expires_at > v_now then 0 else 1 end
    where l.lock_key = v_key;
    return true;
end $$;
