-- Finds what follows from visits that leave now, in order of leaving and of definition: visits that begin, and tokens for joins. Changes nothing.
-- Caller:  advance, which holds the locks of the executions.
create function interlock.find_successors(
    p_leaving interlock.visit_id[], out openings interlock.opening[], out arrivals interlock.arrival[]
)
language plpgsql stable set search_path = '' as $$
begin
    select array_agg(row(s.execution_id, null, s.version_id, s.to_node, s.id, s.source_execution_id, s.source_id, s.late_for, false)::interlock.opening)
               filter (where not s.into_join),
           array_agg(row(s.execution_id, s.version_id, s.to_node, s.slot, s.id, s.late_for)::interlock.arrival) filter (where s.into_join)
    into openings, arrivals
    from (
        select a.execution_id, a.id, a.version_id, a.late_for, c.to_node, c.slot, c.into_join,
               coalesce(a.source_execution_id, a.execution_id) as source_execution_id, coalesce(a.source_id, a.id) as source_id
        from unnest(p_leaving) with ordinality l (execution_id, id, ord)
        join interlock.assignments a on a.execution_id = l.execution_id and a.id = l.id
        join interlock.connections c
            on c.version_id = a.version_id and c.from_node = a.node_no and c.type = 'MAIN' and c.port = any (coalesce(a.ports, '{main}'))
        order by l.ord, c.connection_no
    ) s;
end $$;
