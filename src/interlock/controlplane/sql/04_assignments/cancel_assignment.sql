-- Ends one visit; the rest of its execution goes on by the node's error policy. What the worker may still say of it is fenced off.
-- Transition: holding, pending, running, waiting -> cancelled.
-- Caller:  an operator. Locks: the execution.
-- Errors:  IL001. A repeat, or a visit that has ended otherwise, changes nothing and answers with its status.
create function interlock.cancel_assignment(p_execution_id uuid, p_assignment_id uuid, p_reason text default '', p_by text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    v_now        timestamptz := interlock.now();
    v_execution  interlock.executions := interlock.lock_execution(p_execution_id);
    v_assignment interlock.assignments;
    v_on_error   text;
    v_wave       interlock.wave;
    v_progress   interlock.progress;
    v_error      jsonb := jsonb_build_object('code', 'cancelled', 'message', coalesce(p_reason, ''), 'by', p_by, 'retryable', false);
begin
    select * into v_assignment from interlock.assignments a where a.execution_id = p_execution_id and a.id = p_assignment_id;
    if not found then
        perform interlock.raise_error('IL001', format('The execution %s has no assignment %s.', p_execution_id, p_assignment_id));
    elsif v_assignment.ended_at is not null then
        return jsonb_build_object('assignment_id', p_assignment_id, 'status', v_assignment.status, 'changed', false);
    end if;
    perform interlock.cancel_assignments(array[p_execution_id], array[p_assignment_id], v_error, v_now);
    insert into interlock.audit_log (at, actor, action, execution_id, details)
    values (v_now, coalesce(p_by, session_user), 'cancel_assignment', p_execution_id,
        jsonb_build_object('assignment_id', p_assignment_id, 'reason', p_reason));

    select n.on_error into v_on_error from interlock.nodes n where n.version_id = v_assignment.version_id and n.node_no = v_assignment.node_no;
    if v_on_error = 'fail' then
        v_wave.ended_executions := array[p_execution_id];
        v_wave.ended_by := array[p_assignment_id];
        v_wave.ended_errors := array[v_error];
    else
        update interlock.assignments a
        set output = jsonb_build_object('error', v_error), ports = case v_on_error when 'port' then '{error}'::text[] end
        where a.execution_id = p_execution_id and a.id = p_assignment_id;
        v_wave.frontier_executions := array[p_execution_id];
        v_wave.frontier_assignments := array[p_assignment_id];
    end if;
    v_progress := interlock.go_on(array[p_execution_id], v_wave, null, v_now);
    perform interlock.wake_workers(v_progress.pending_queues);
    return jsonb_build_object('assignment_id', p_assignment_id, 'status', 'cancelled', 'changed', true);
end $$;
