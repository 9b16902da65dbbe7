-- Returns what expressions see as `nodes`: for each node id, the output of its latest completed visit. p_needs null: all nodes.
create function interlock.node_outputs(p_execution_id uuid, p_version_id integer, p_needs integer[]) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select coalesce(pg_catalog.jsonb_object_agg(n.node_id, pg_catalog.jsonb_build_object(
            'output', interlock.output_of(p_execution_id, v.id), 'visit', v.visit, 'status', v.status)), '{}')
        from interlock.nodes n
        cross join lateral (
            select a.id, a.visit, a.status
            from interlock.assignments a
            where a.execution_id = p_execution_id and a.node_no = n.node_no and a.is_indexed = n.is_indexed and a.parent_assignment_id is null
                and a.status in ('completed', 'failed')
            order by a.visit desc limit 1
        ) v
        where n.version_id = p_version_id and (p_needs is null or n.node_no = any (p_needs)));
end $$;
