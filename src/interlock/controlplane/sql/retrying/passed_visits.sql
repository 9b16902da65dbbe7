-- Returns the nodes that an assignment followed from, over connections and joins, its own included, each with the latest of these visits.
-- Callers: waiting_again, marks_again. In a loop, visits of a node up to that one began before the assignment was there.
create function interlock.passed_visits(p_execution_id uuid, p_assignment_id uuid) returns table (node_no integer, visit integer)
language sql stable as $$
    with recursive came as (
        select p_assignment_id as id
        union
        select l.from_id
        from came c
        join interlock.assignments a on a.execution_id = p_execution_id and a.id = c.id
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        cross join lateral (
            select a.previous_assignment_id as from_id
            where coalesce(n.join_kind, 'each') = 'each' and a.previous_assignment_id is not null
            union all
            select t.from_assignment_id from interlock.tokens t
            where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = a.visit and not t.late
        ) l
    )
    select a.node_no, max(a.visit)
    from came c
    join interlock.assignments a on a.execution_id = p_execution_id and a.id = c.id
    group by a.node_no
$$;
