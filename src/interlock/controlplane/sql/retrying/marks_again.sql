-- Returns the marks that a visit would carry if it had been open all the time and stood at this node: of the first visit of each first or count join that
-- went with what it needs, that can be reached from the node, and that comes after those that the visit followed from. Null if there is none.
-- Caller: mark_again.
create function interlock.marks_again(p_execution_id uuid, p_assignment_id uuid, p_version_id integer, p_node_no integer) returns jsonb
language sql stable as $$
    with passed as materialized (select p.* from interlock.passed_visits(p_execution_id, p_assignment_id) p)
    select pg_catalog.jsonb_object_agg(m.node_no::text, m.visit)
    from (
        select a.node_no, min(a.visit) as visit
        from interlock.nodes n
        join interlock.assignments a on a.execution_id = p_execution_id and a.node_no = n.node_no and a.parent_assignment_id is null
        where n.version_id = p_version_id and n.join_kind in ('first', 'count') and n.node_no <> p_node_no
            and interlock.reaches_join(p_version_id, p_node_no, n.node_no)
            and a.status <> 'holding' and a.visit > coalesce((select p.visit from passed p where p.node_no = a.node_no), 0)
            and n.join_count <= (
                select count(*) from interlock.tokens t
                where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = a.visit and not t.late)
        group by a.node_no
    ) m
$$;
