-- Finished visits of ordered nodes of an execution that no earlier open visit holds back any more.
create function interlock.parked_visits(p_execution_id uuid) returns table (execution_id uuid, id uuid, node_no integer, visit integer)
language sql stable as $$
    select a.execution_id, a.id, a.node_no, a.visit
    from interlock.assignments a
    where a.execution_id = p_execution_id and a.ended_at is null and a.wait_for = 'order' and not exists (
        select from interlock.assignments b
        where b.execution_id = a.execution_id and b.node_no = a.node_no and b.is_indexed and b.parent_assignment_id is null
            and b.visit < a.visit and b.ended_at is null and b.wait_for is distinct from 'order')
$$;
