-- Names the nodes of which an execution has a visit, which this version visits only once, and to which something open still leads; null if there is none.
-- Caller: retry, with an execution that was taken over into another version. p_unsent: visits that are done and leave next.
create function interlock.visited_again(p_execution_id uuid, p_version_id integer, p_unsent uuid[]) returns text language sql stable as $$
    with recursive ahead as (
        select c.to_node
        from interlock.assignments a
        join interlock.connections c on c.version_id = p_version_id and c.from_node = a.node_no and c.type = 'MAIN'
        where a.execution_id = p_execution_id and a.parent_assignment_id is null and (a.ended_at is null or a.id = any (p_unsent))
        union
        select c.to_node
        from ahead h
        join interlock.connections c on c.version_id = p_version_id and c.from_node = h.to_node and c.type = 'MAIN'
    )
    select pg_catalog.string_agg(distinct n.node_id, ', ')
    from ahead h
    join interlock.nodes n on n.version_id = p_version_id and n.node_no = h.to_node and not n.is_repeatable
    where exists (
        select from interlock.assignments a
        where a.execution_id = p_execution_id and a.node_no = n.node_no and a.parent_assignment_id is null and a.status <> 'holding')
$$;
