-- Finds the plain nodes of versions, see the table. Caller: keep_version, the migration that made the table. A repeat changes nothing.
create function interlock.note_plain_nodes(p_versions integer[]) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.plain_nodes (version_id, node_no, next_node, queue, requires, timeout_seconds, is_indexed, reads_input_only)
    select n.version_id, n.node_no, s.node_no, s.queue, s.requires, s.timeout_seconds, coalesce(s.is_indexed, false),
           coalesce(s.needs = '{}' and not s.uses_context, false)
    from interlock.workflow_versions v
    join interlock.nodes n on n.version_id = v.id
    cross join lateral (
        select count(*) as all_ports, count(*) filter (where c.port = 'main') as main_port, bool_or(c.into_join) as into_join,
               min(c.to_node) filter (where c.port = 'main') as to_node
        from interlock.connections c
        where c.version_id = n.version_id and c.from_node = n.node_no and c.type = 'MAIN'
    ) leaving
    left join interlock.nodes s on leaving.main_port = 1 and s.version_id = n.version_id and s.node_no = leaving.to_node
    where v.id = any (p_versions) and v.virtual_users = 'inline' and not v.has_locks and not v.has_counts
        and n.needs_worker and not n.ordered
        and case
            -- a join may wait for what another port could still bring, or for the end of this path
            when v.has_joins then leaving.main_port = 1 and leaving.all_ports = 1
            else leaving.main_port <= 1 end
        and case
            when leaving.main_port = 1 then not leaving.into_join and s.needs_worker and s.join_kind is null and not s.is_repeatable and not s.ordered
            else true end
    on conflict do nothing;
end $$;
