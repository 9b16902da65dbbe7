-- Names the nodes and connections that an execution has used and that a version does not have; null if it has them all. Caller: retry.
create function interlock.missing_in_version(p_execution_id uuid, p_version_id integer, p_dropped uuid[]) returns text language sql stable as $$
    select pg_catalog.string_agg(distinct m.what, ', ')
    from (
        select format('the node %s', o.node_id) as what
        from interlock.assignments a
        join interlock.nodes o on o.version_id = a.version_id and o.node_no = a.node_no
        where a.execution_id = p_execution_id and a.id <> all (p_dropped)
            and not exists (select from interlock.nodes n where n.version_id = p_version_id and n.node_id = o.node_id)
        union all
        select format('the connection %s -> %s', f.node_id, j.node_id)
        from interlock.tokens t
        join interlock.executions e on e.id = t.execution_id
        join interlock.connections c on c.version_id = e.version_id and c.to_node = t.join_node and c.slot = t.slot and c.type = 'MAIN'
        join interlock.nodes f on f.version_id = e.version_id and f.node_no = c.from_node
        join interlock.nodes j on j.version_id = e.version_id and j.node_no = c.to_node
        where t.execution_id = p_execution_id and t.from_assignment_id <> all (p_dropped)
            and interlock.slot_in_version(e.version_id, t.join_node, t.slot, p_version_id) is null
    ) m
$$;
