-- Ends an execution without waiting for its open visits; works in every status that is not terminal.
-- Transition: pending, running, waiting, paused -> cancelled; its open assignments too.
-- Caller:  an operator. Locks: the execution.
-- Errors:  IL001 execution_not_found. A repeat, or an execution that has already ended, changes nothing and returns its status.
create function interlock.cancel(p_execution_id uuid, p_reason text default '', p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions := interlock.lock_execution(p_execution_id);
begin
    if v_execution.ended_at is null then
        perform interlock.end_executions(array[row(p_execution_id, 'cancelled', null, interlock.cancelled_error(p_reason, p_by))
            ::interlock.ended_execution], v_now);
        perform interlock.record_audit('cancel', p_by, jsonb_build_object('reason', p_reason), v_now, p_execution_id);
        perform interlock.wake_workers(interlock.wake_lock_waiters(interlock.keys_of(array[p_execution_id]), v_now));
        v_execution.status := 'cancelled';
    end if;
    return jsonb_build_object('execution_id', p_execution_id, 'status', v_execution.status, 'changed', v_execution.ended_at is null);
end $$;
