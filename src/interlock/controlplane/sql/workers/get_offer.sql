-- Returns the visit that a start began for this worker since its last exchange, with everything that its executor needs; null if there is none, or an
-- exchange has returned it. Caller: a worker that was told of it. Changes nothing.
-- Only the first visit after START is offered, and only if its node reads nothing but its input: so the row is the one that reply would build.
create function interlock.get_offer(p_worker_id uuid) returns json
language plpgsql set search_path = '' as $$
declare
    v_offer json;
begin
    select json_build_object(
        'execution_id', e.id, 'assignment_id', a.id, 'version_id', a.version_id, 'node_no', a.node_no, 'visit', a.visit, 'attempt', a.attempt,
        'loss_count', a.loss_count, 'deadline_at', a.due_at, 'subject', e.subject,
        'idempotency_key', coalesce(e.root_id, e.id) || ':' || n.node_id || ':' || a.visit, 'input', e.input, 'context', '{}'::json, 'nodes', '{}'::json,
        'execution', json_build_object('id', e.id, 'started_at', e.started_at, 'trace_parent', e.trace_parent))
    into v_offer
    from interlock.exchanges x
    join interlock.assignments a on a.execution_id = x.offered_execution_id and a.id = x.offered_assignment_id and a.status = any (array['running'])
        and a.worker_id = p_worker_id and a.claim_request is null
    join interlock.executions e on e.id = a.execution_id
    join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
    where x.worker_id = p_worker_id and x.lane = 0;
    return v_offer;
end $$;
