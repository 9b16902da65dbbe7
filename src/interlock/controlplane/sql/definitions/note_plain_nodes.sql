-- Finds the plain and the joining nodes of versions, see the tables. Caller: keep_version, the migration that made the tables. A repeat changes nothing.
create function interlock.note_plain_nodes(p_versions integer[]) returns void
language plpgsql set search_path = '' as $$
begin
    insert into interlock.plain_nodes (version_id, node_no, branch, branch_count, next_node, queue, requires, timeout_seconds, is_indexed, reads_input_only)
    select n.version_id, n.node_no, row_number() over (partition by n.version_id, n.node_no order by c.connection_no),
           greatest(1, leaving.main_port), s.node_no, s.queue, s.requires, s.timeout_seconds, coalesce(s.is_indexed, false),
           coalesce(s.needs = '{}' and not s.uses_context, false)
    from interlock.workflow_versions v
    join interlock.nodes n on n.version_id = v.id
    cross join lateral (
        select count(*) as all_ports, count(*) filter (where o.port = 'main') as main_port,
               coalesce(bool_and(not o.into_join and t.needs_worker and t.join_kind is null and not t.is_repeatable and not t.ordered)
                   filter (where o.port = 'main'), true) as is_plain
        from interlock.connections o
        join interlock.nodes t on t.version_id = o.version_id and t.node_no = o.to_node
        where o.version_id = n.version_id and o.from_node = n.node_no and o.type = 'MAIN'
    ) leaving
    left join interlock.connections c on c.version_id = n.version_id and c.from_node = n.node_no and c.type = 'MAIN' and c.port = 'main'
    left join interlock.nodes s on s.version_id = n.version_id and s.node_no = c.to_node
    where v.id = any (p_versions) and v.virtual_users = 'inline' and not v.has_locks and not v.has_counts
        and (n.needs_worker or n.starts_execution) and not n.ordered
        -- so that 1000 results never make more visits than one transaction may
        and leaving.is_plain and leaving.main_port <= 5
        -- a join may wait for what another port could still bring
        and (not v.has_joins or leaving.main_port = leaving.all_ports)
    on conflict do nothing;

    insert into interlock.joining_nodes (version_id, node_no, join_node, slot)
    select n.version_id, n.node_no, j.node_no, c.slot
    from interlock.workflow_versions v
    join interlock.nodes n on n.version_id = v.id
    join interlock.connections c on c.version_id = n.version_id and c.from_node = n.node_no and c.type = 'MAIN'
    join interlock.nodes j on j.version_id = n.version_id and j.node_no = c.to_node
    where v.id = any (p_versions) and v.virtual_users = 'inline' and not v.has_locks and not v.has_counts
        and n.needs_worker and not n.ordered and c.port = 'main' and not exists (
            select from interlock.connections o
            where o.version_id = n.version_id and o.from_node = n.node_no and o.type = 'MAIN' and o.connection_no <> c.connection_no)
        and c.into_join and j.join_kind = 'all' and not j.is_repeatable and not j.ordered
        and (j.needs_worker or j.merges_input and j.inline is not null and not j.reads_input and not j.ends_execution)
    on conflict do nothing;
end $$;
