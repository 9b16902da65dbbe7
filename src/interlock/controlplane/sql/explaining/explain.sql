-- Explains why an execution is not moving: one reason for each of its open visits, and one for the execution if it has ended or is suspended.
-- Changes nothing. Errors: IL001. p_limit: maximum number of open visits, oldest first; null: all.
-- A reason has assignment_id, node_id, status, reason, message, hint (what to do; null: nothing), until and details.
create function interlock.explain(p_execution_id uuid, p_limit integer default null) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_now       timestamptz := interlock.now();
    v_execution interlock.executions;
    v_reasons   jsonb;
begin
    select * into v_execution from interlock.executions e
    where e.id = p_execution_id and e.workspace_id = coalesce(interlock.current_workspace(), e.workspace_id);
    if not found then
        perform interlock.raise_error('IL001', format('There is no execution %s.', p_execution_id));
    end if;
    if v_execution.ended_at is not null then
        return jsonb_build_array(jsonb_build_object('assignment_id', null, 'node_id', null, 'status', v_execution.status, 'reason', 'ended',
            'message', format('The execution %s%s', case v_execution.status when 'cancelled' then 'was cancelled' when 'timed_out' then 'has timed out'
                else 'has ' || v_execution.status end, coalesce(': ' || (v_execution.error ->> 'message'), '.')),
            'hint', v_execution.error ->> 'hint', 'until', null, 'details', coalesce(v_execution.error, '{}')));
    end if;
    select jsonb_agg(interlock.explain_assignment(a, n, v_execution, v_now) order by (a).created_at, (a).node_no, (a).visit) into v_reasons
    from (
        select a, n
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.execution_id = p_execution_id and a.ended_at is null
        order by a.created_at, a.node_no, a.visit limit p_limit
    ) x;
    if v_execution.suspended_at is not null then
        v_reasons := jsonb_build_array(jsonb_build_object('assignment_id', null, 'node_id', null, 'status', v_execution.status,
            'reason', 'suspended', 'message', format('The execution was suspended by %s at %s.', v_execution.suspended_by,
                interlock.utc_text(v_execution.suspended_at)),
            'hint', format('To go on: interlock executions continue %s', p_execution_id), 'until', null, 'details', '{}'::jsonb))
            || coalesce(v_reasons, '[]');
    elsif v_execution.unsettled then
        v_reasons := jsonb_build_array(jsonb_build_object('assignment_id', null, 'node_id', null, 'status', v_execution.status,
            'reason', 'continues_next', 'message', 'The execution did as much as one transaction may; the next tick goes on with it.',
            'hint', null, 'until', null, 'details', '{}'::jsonb)) || coalesce(v_reasons, '[]');
    end if;
    return coalesce(v_reasons, '[]');
end $$;
