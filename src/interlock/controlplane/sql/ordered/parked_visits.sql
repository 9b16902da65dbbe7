-- Returns the finished visits of ordered nodes of an execution that no earlier open visit holds back any more.
create function interlock.parked_visits(p_execution_id uuid)
returns table (execution_id uuid, id uuid, node_no integer, visit integer, error jsonb)
language sql stable as $$
    select o.execution_id, o.id, o.node_no, o.visit, o.error
    from (
        select a.execution_id, a.id, a.node_no, a.visit, a.error, a.wait_for,
               min(a.visit) filter (where a.wait_for is distinct from 'order') over (partition by a.node_no) as first_open
        from interlock.assignments a
        where a.execution_id = p_execution_id and a.ended_at is null and a.ordered and a.parent_assignment_id is null
    ) o
    where o.wait_for = 'order' and (o.first_open is null or o.visit < o.first_open)
$$;
