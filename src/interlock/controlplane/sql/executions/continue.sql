-- Continues a suspended execution.
-- Transition: none of the status; suspended_at is cleared. Caller: an operator.
-- Locks:   the execution. Errors: IL001, IL009 execution_ended. A repeat, or an execution that is not suspended, changes nothing.
create function interlock.continue(p_execution_id uuid, p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions := interlock.lock_open_execution(p_execution_id);
    v_queues    text[];
begin
    if v_execution.suspended_at is not null then
        update interlock.executions e
        set suspended_at = null, suspended_by = null, change_number = nextval('interlock.change_numbers')
        where e.id = p_execution_id;
        with freed as (
            update interlock.assignments a set suspended = false, change_number = nextval('interlock.change_numbers')
            where a.execution_id = p_execution_id and a.ended_at is null and a.status = 'pending' and a.suspended
            returning a.queue
        )
        select array_agg(distinct f.queue) into v_queues from freed f;
        perform interlock.record_audit('continue', p_by, null, v_now, p_execution_id);
        perform interlock.wake_workers(v_queues);
    end if;
    return jsonb_build_object('execution_id', p_execution_id, 'status', v_execution.status, 'changed', v_execution.suspended_at is not null);
end $$;
