-- Returns the assignments that followed from these, over connections and joins; these themselves only if a loop leads back to them. Caller: retry.
create function interlock.descendants_of(p_execution_id uuid, p_assignments uuid[]) returns uuid[] language sql stable as $$
    with recursive led as (
        select a.id, a.previous_assignment_id as from_id
        from interlock.assignments a
        join interlock.nodes n on n.version_id = a.version_id and n.node_no = a.node_no
        where a.execution_id = p_execution_id and coalesce(n.join_kind, 'each') = 'each'
        union all
        select a.id, t.from_assignment_id
        from interlock.tokens t
        join interlock.assignments a on a.execution_id = t.execution_id and a.node_no = t.join_node and a.visit = t.visit
        where t.execution_id = p_execution_id and not t.late
    ), came as (
        select l.id from led l where l.from_id = any (p_assignments)
        union
        select l.id from came c join led l on l.from_id = c.id
    )
    select coalesce(pg_catalog.array_agg(c.id), '{}') from came c where c.id <> all (p_assignments)
$$;
