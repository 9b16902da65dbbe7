-- Builds the reply to a worker: the answers to its results, and the assignments that it has to run, each with everything that its executor needs.
-- A slim reply leaves out what the worker knows. answers is null if all are ok. handed: visits that follow one of its results over plain_nodes, as
-- [place of the result from 0, id], [place, id, input] where the result asked for an echo, or [place, id, input or null, node_no] where more than one
-- node follows or the result came with others that ran ahead; an input of null is the last output that was taken. They share everything with the visit that was reported, their input is its output, they are visit 1 and attempt 1, and their time counts
-- from now.
-- offered: the one of its assignments that a start began for this worker, which a notification may have told it before.
-- Caller: exchange, reply_of. Changes nothing.
create function interlock.reply(
    p_answers text[], p_result_count integer, p_claimed interlock.visit_id[], p_handed text, p_queues text[], p_slim boolean, p_offered uuid,
    p_now timestamptz
) returns json
language plpgsql set search_path = '' as $$
declare
    v_assignments json;
    c_running     constant text := 'running';                             -- not a literal, which would let the planner scan a partial index
begin
    if p_claimed is not null then
        select json_agg(json_build_object(
            'execution_id', a.execution_id, 'assignment_id', a.id, 'version_id', a.version_id, 'node_no', a.node_no, 'visit', a.visit,
            'attempt', a.attempt, 'loss_count', a.loss_count, 'deadline_at', a.due_at, 'subject', e.subject,
            'idempotency_key', coalesce(e.root_id, e.id) || ':' || n.node_id || ':' || a.visit,
            'input', case
                when n.join_kind <> 'each' then (select m.input from interlock.merged_inputs(a.execution_id, a.node_no, a.visit) m)
                when p.id is null then e.input
                when p.output is not null then p.output
                -- it passes on the output of another visit, or the input of its execution
                when source.output is not null then source.output
                when p.source_execution_id is null then e.input
                else interlock.output_of(p.execution_id, p.id) end,
            'context', case when n.uses_context or n.needs is null then e.context else '{}' end,
            'nodes', case when n.needs <> '{}' or n.needs is null then interlock.node_outputs(a.execution_id, a.version_id, n.needs) else '{}' end,
            'execution', json_build_object('id', e.id, 'started_at', e.started_at, 'trace_parent', e.trace_parent))
            order by f.ord)
        into v_assignments
        from unnest(p_claimed) with ordinality f (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = f.execution_id and a.id = f.id and a.status = c_running
        join interlock.executions e on e.id = f.execution_id
        cross join lateral (
            select x.node_id, x.join_kind, x.uses_context, x.needs from interlock.nodes x
            where x.version_id = a.version_id and x.node_no = a.node_no offset 0
        ) n
        left join interlock.assignments p on p.execution_id = a.execution_id and p.id = a.previous_assignment_id
        left join interlock.assignments source on p.source_id is not null and source.execution_id = coalesce(p.source_execution_id, p.execution_id)
            and source.id = p.source_id;
    end if;
    if p_slim then
        return json_build_object('answers', p_answers, 'assignments', coalesce(v_assignments, '[]'),
            'handed', ('[' || coalesce(p_handed, '') || ']')::json, 'now', p_now, 'offered', p_offered,
            'next_due_seconds', case when p_queues is not null then interlock.next_due_seconds(p_queues, p_now) end);
    end if;
    return json_build_object(
        'answers', coalesce(p_answers, array_fill('ok'::text, array[p_result_count])),
        'assignments', coalesce(v_assignments, '[]'),
        'next_due_seconds', case when p_queues is not null then interlock.next_due_seconds(p_queues, p_now) end);
end $$;
