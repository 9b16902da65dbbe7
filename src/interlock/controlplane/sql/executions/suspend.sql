-- Suspends an execution: nothing pending in it is claimed any more. Running visits may finish, answers still arrive, and their successors begin suspended.
-- Transition: none of the status; suspended_at is set. Caller: an operator.
-- Locks:   the execution. Errors: IL001, IL009 execution_ended. A repeat changes nothing.
create function interlock.suspend(p_execution_id uuid, p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions := interlock.lock_open_execution(p_execution_id);
begin
    if v_execution.suspended_at is null then
        update interlock.executions e
        set suspended_at = v_now, suspended_by = coalesce(p_by, session_user), change_number = nextval('interlock.change_numbers')
        where e.id = p_execution_id;
        update interlock.assignments a set suspended = true, change_number = nextval('interlock.change_numbers')
        where a.execution_id = p_execution_id and a.ended_at is null and a.status = 'pending' and not a.suspended;
        perform interlock.record_audit('suspend', p_by, null, v_now, p_execution_id);
    end if;
    return jsonb_build_object('execution_id', p_execution_id, 'status', v_execution.status, 'suspended_at', coalesce(v_execution.suspended_at, v_now),
        'changed', v_execution.suspended_at is null);
end $$;
