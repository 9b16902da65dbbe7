-- Explains why one open visit is not moving. Caller: explain. Changes nothing.
create function interlock.explain_assignment(
    p_assignment interlock.assignments, p_node interlock.nodes, p_execution interlock.executions, p_now timestamptz
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    v_reason  text;
    v_message text;
    v_hint    text;
    v_until   timestamptz;
    v_details jsonb := '{}';
    v_found   record;
begin
    case p_assignment.status
    when 'holding' then
        select * into v_found
        from interlock.find_witnesses(p_assignment.execution_id, p_assignment.version_id, p_assignment.node_no, p_assignment.visit);
        select n.node_id as node_id, a.status as status into v_found
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.execution_id = p_assignment.execution_id and a.id = v_found.witness_id;
        v_reason := 'holding';
        v_message := coalesce(format('The join waits for %s, which is %s and can still bring a token.', v_found.node_id, v_found.status),
            'The join holds, and nothing open can bring it a token: the next sweep lets it go.');
        v_details := jsonb_build_object('holding_for', v_found.node_id, 'tokens', (
            select count(*) from interlock.tokens t where t.execution_id = p_assignment.execution_id and t.join_node = p_assignment.node_no
                and t.visit = p_assignment.visit), 'connections', p_node.slot_count);
    when 'waiting' then
        v_reason := case p_assignment.wait_for when 'turn' then 'continues_next' else 'waiting_for_' || p_assignment.wait_for end;
        v_until := case when p_assignment.wait_for <> 'turn' then p_assignment.due_at end;
        v_message := case p_assignment.wait_for
            when 'order' then 'It is done, and leaves when an earlier visit of the same node has left.'
            when 'turn' then 'It is done. The execution did as much as one transaction may, and goes on with the next tick.'
            when 'time' then format('It waits until %s.', interlock.utc_text(p_assignment.due_at))
            else format('It waits for a %s%s.', p_assignment.wait_for, coalesce(', until ' || interlock.utc_text(p_assignment.due_at), '')) end;
    when 'running' then
        select w.name, w.heartbeat_at, w.lease_seconds into v_found from interlock.workers w where w.id = p_assignment.worker_id;
        v_reason := 'running';
        v_until := p_assignment.due_at;
        v_message := format('The worker %s runs it since %s; its last heartbeat was %s ago.', coalesce(v_found.name, p_assignment.worker_id::text),
            interlock.utc_text(p_assignment.started_at), date_trunc('second', greatest(p_now - v_found.heartbeat_at, interval '0')));
        v_details := jsonb_build_object('worker', v_found.name, 'heartbeat_at', interlock.utc_text(v_found.heartbeat_at));
    when 'pending' then
        select * into v_found from interlock.explain_pending(p_assignment, p_node, p_execution, p_now);
        v_reason := v_found.reason;
        v_message := v_found.message;
        v_hint := v_found.hint;
        v_until := v_found.until;
        v_details := v_found.details;
    end case;
    -- A loop in which nothing waits: max_visits ends it, later.
    if p_assignment.visits_since_wait >= 1000 then
        v_message := v_message || format(' It is visit %s of this node since something in the execution last waited.', p_assignment.visits_since_wait);
        v_hint := format('If this loop should have ended, cancel the execution: interlock executions cancel %s', p_assignment.execution_id);
    end if;
    return jsonb_build_object('assignment_id', p_assignment.id, 'node_id', p_node.node_id, 'status', p_assignment.status, 'reason', v_reason,
        'message', v_message, 'hint', v_hint, 'until', v_until,
        'details', v_details || jsonb_build_object('visit', p_assignment.visit, 'attempt', p_assignment.attempt));
end $$;
