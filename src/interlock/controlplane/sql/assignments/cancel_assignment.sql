-- Ends one visit; its execution goes on by the node's error policy. A result that a worker reports for it later is refused.
-- Transition: holding, pending, running, waiting -> cancelled.
-- Caller:  an operator. Locks: the execution.
-- Errors:  IL001. A repeat, or a visit that has already ended, changes nothing and returns its status.
create function interlock.cancel_assignment(p_execution_id uuid, p_assignment_id uuid, p_reason text default '', p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_execution  interlock.executions := interlock.lock_execution(p_execution_id);
    v_assignment interlock.assignments;
    v_finished   record;
    v_progress   interlock.progress;
begin
    select * into v_assignment from interlock.assignments a where a.execution_id = p_execution_id and a.id = p_assignment_id;
    if not found then
        perform interlock.raise_error('IL001', format('The execution %s has no assignment %s.', p_execution_id, p_assignment_id));
    elsif v_assignment.ended_at is not null or v_execution.ended_at is not null or v_assignment.wait_for in ('order', 'turn') then
        return jsonb_build_object('assignment_id', p_assignment_id, 'status', v_assignment.status, 'changed', false);
    end if;
    v_finished := interlock.finish(interlock.decide_failures(array[row(p_execution_id, p_assignment_id, 'open', 'cancelled', null, null, null, null,
        interlock.cancelled_error(p_reason, p_by), null, null, null, null, null, null, null, null, null)::interlock.ending], 'cancelled', v_now), true, v_now);
    perform interlock.record_audit('cancel_assignment', p_by, jsonb_build_object('assignment_id', p_assignment_id, 'reason', p_reason), v_now,
        p_execution_id);
    v_progress := interlock.advance(array[p_execution_id], v_finished.wave, interlock.traits_of(array[p_execution_id]), null, v_now);
    perform interlock.wake_workers(v_progress.pending_queues);
    return jsonb_build_object('assignment_id', p_assignment_id, 'status', 'cancelled', 'changed', true);
end $$;
