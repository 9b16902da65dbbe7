-- Makes the assignment due that has waited longest for each of these keys, if the key is free now.
-- Transition: none; a pending assignment becomes due.
-- Caller:  advance, cancel, sweep_deadlines, sweep_locks, release_workflow_lock. Locks: that assignment, skip locked. Errors: none. A repeat changes nothing.
-- Returns the queues of these assignments.
create function interlock.wake_lock_waiters(p_keys text[], p_now timestamptz) returns text[]
language plpgsql set search_path = '' as $$
declare
    v_key    text;
    v_waiter record;
    v_queues text[];
begin
    for v_key in select distinct k from unnest(p_keys) k where k is not null order by k loop
        select a.execution_id, a.id, a.queue into v_waiter
        from interlock.assignments a
        where a.lock_key = v_key and a.status = 'pending' and a.due_at = 'infinity' and not a.suspended
        order by a.created_at, a.id
        limit 1
        for no key update skip locked;
        if found and not interlock.is_lock_held(v_key, p_now) then
            update interlock.assignments a set due_at = p_now where a.execution_id = v_waiter.execution_id and a.id = v_waiter.id;
            v_queues := v_queues || v_waiter.queue;
        end if;
    end loop;
    return v_queues;
end $$;
