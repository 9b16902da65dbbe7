-- Finds the successors of visits that leave now, in order of leaving and of definition: visits that begin, and tokens for joins. Changes nothing.
-- Caller:  advance, which holds the locks of the executions.
create function interlock.find_successors(
    p_leaving interlock.departure[], out openings interlock.opening[], out arrivals interlock.arrival[]
)
language plpgsql stable set search_path = '' as $$
begin
    select array_agg(row(s.execution_id, null, s.version_id, s.to_node, s.id, s.source_execution_id, s.source_id, s.late_for, false)::interlock.opening)
               filter (where not s.into_join),
           array_agg(row(s.execution_id, s.version_id, s.to_node, s.slot, s.id, s.late_for)::interlock.arrival) filter (where s.into_join)
    into openings, arrivals
    from (
        select l.execution_id, l.id, l.version_id, l.late_for, c.to_node, c.slot, c.into_join,
               coalesce(l.source_execution_id, l.execution_id) as source_execution_id, coalesce(l.source_id, l.id) as source_id
        from unnest(p_leaving) with ordinality
            l (execution_id, id, version_id, node_no, ports, late_for, source_execution_id, source_id, ord)
        join interlock.connections c
            on c.version_id = l.version_id and c.from_node = l.node_no and c.type = 'MAIN' and c.port = any (coalesce(l.ports, '{main}'))
        order by l.ord, c.connection_no
    ) s;
end $$;
