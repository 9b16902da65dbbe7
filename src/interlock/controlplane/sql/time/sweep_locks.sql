-- Makes the waiters due of keys that became free without a wake-up (a holder's timeout ran out, or a wake-up was passed over).
-- Transition: none; pending assignments become due. Caller: tick. Locks: those assignments, skip locked. Errors: none. A repeat changes nothing.
create function interlock.sweep_locks(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_keys   text[];
    v_queues text[];
begin
    select array_agg(k.lock_key) into v_keys
    from (
        select distinct a.lock_key from interlock.assignments a
        where a.lock_key is not null and a.status = 'pending' and a.due_at = 'infinity' and not a.suspended
        order by a.lock_key limit p_limit
    ) k;
    if v_keys is null then
        return 0;
    elsif interlock.may_look_around('locks', cardinality(v_keys), p_limit) then
        v_keys := v_keys || interlock.lock_keys_around(p_limit);
    end if;
    v_queues := interlock.wake_lock_waiters(v_keys, p_now);
    perform interlock.wake_workers(v_queues);
    return coalesce(cardinality(v_queues), 0);
end $$;
