-- Ends executions whose time has run out: the oldest, and some of other workspaces beside, see may_look_around.
-- Transition: execution pending, running, waiting, paused -> timed_out; its open assignments -> cancelled.
-- Caller:  tick. Locks: the executions, skip locked. Errors: none of its own. A repeat ends the rest.
create function interlock.sweep_deadlines(p_limit integer, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
declare
    v_due   uuid[];
    v_ended interlock.ended_execution[];
begin
    v_due := array(
        select t.execution_id as id from interlock.deadline_timers t
        where t.due_at <= p_now
        order by t.due_at limit p_limit
        for no key update skip locked);
    if interlock.may_look_around('deadlines', cardinality(v_due), p_limit) then
        v_due := v_due || interlock.lock_deadlines_around(v_due, p_limit, p_now);
    end if;
    select array_agg(row(e.id, 'timed_out', null, interlock.assignment_error('timed_out',
               format('The execution took longer than the %s seconds that its workflow allows.', v.timeout_seconds),
               'Look at the timeline for the node that took long, or raise timeout_seconds of the workflow.'))::interlock.ended_execution)
    into v_ended
    from unnest(v_due) d (id)
    join interlock.executions e on e.id = d.id
    join interlock.workflow_versions v on v.id = e.version_id;
    if v_ended is null then
        return 0;
    end if;
    perform interlock.end_executions(v_ended, p_now);
    perform interlock.wake_workers(interlock.wake_lock_waiters(interlock.keys_of(array(select e.id from unnest(v_ended) e)), p_now));
    return cardinality(v_ended);
end $$;
