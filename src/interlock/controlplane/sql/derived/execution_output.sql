-- Returns the output of an execution: END's input, else an object keyed by the nodes whose latest visit left through a port that leads nowhere.
-- Null while it has not completed. Derived, never stored. Changes nothing.
create function interlock.execution_output(p_execution_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select case
            when e.status <> 'completed' then null
            when e.end_id is not null then interlock.output_of(e.id, e.end_id)
            else (
                select coalesce(pg_catalog.jsonb_object_agg(n.node_id, interlock.output_of(e.id, last.id)), '{}')
                from interlock.nodes n
                cross join lateral (
                    select a.id, a.status, a.ports, a.output, a.source_id
                    from interlock.assignments a
                    where a.execution_id = e.id and a.node_no = n.node_no and a.parent_assignment_id is null
                    order by a.visit desc limit 1
                ) last
                where n.version_id = e.version_id and n.ends and (last.status = 'completed' or last.status = 'failed')
                    and exists (
                        select from pg_catalog.unnest(coalesce(last.ports, '{main}')) p (port)
                        where not exists (
                            select from interlock.connections c
                            where c.version_id = e.version_id and c.from_node = n.node_no and c.type = 'MAIN' and c.port = p.port)))
            end
        from interlock.executions e
        where e.id = p_execution_id);
end $$;
