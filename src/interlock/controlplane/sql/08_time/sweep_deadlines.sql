-- Executions whose time has run out end.
-- Transition: execution pending, running, waiting, paused -> timed_out; its open assignments -> cancelled. Caller: tick. Locks: them, skip locked.
create function interlock.sweep_deadlines(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_executions uuid[];
begin
    v_executions := array(
        select e.id from interlock.executions e
        where e.deadline_at is not null and e.ended_at is null and e.deadline_at <= p_now
        order by e.deadline_at limit p_limit
        for no key update skip locked);
    if cardinality(v_executions) > 0 then
        perform interlock.end_executions(v_executions, array_fill('timed_out'::text, array[cardinality(v_executions)]),
            array_fill(null::uuid, array[cardinality(v_executions)]),
            array_fill(jsonb_build_object('code', 'timed_out', 'message', 'The execution took longer than its workflow allows.', 'retryable', false),
                array[cardinality(v_executions)]), p_now);
        perform interlock.wake_workers(interlock.wake_lock_waiters(interlock.keys_of(v_executions), p_now));
    end if;
    return cardinality(v_executions);
end $$;
