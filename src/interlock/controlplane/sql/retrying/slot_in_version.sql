-- Returns the slot of a join in another version: that of the connection between the same nodes from the same port; null if there is none.
create function interlock.slot_in_version(p_version_id integer, p_join_node integer, p_slot integer, p_other_id integer) returns integer
language sql stable as $$
    select case when p_version_id = p_other_id then p_slot else (
        select d.slot
        from interlock.connections c
        join interlock.nodes f on f.version_id = p_version_id and f.node_no = c.from_node
        join interlock.nodes j on j.version_id = p_version_id and j.node_no = c.to_node
        join interlock.nodes f2 on f2.version_id = p_other_id and f2.node_id = f.node_id
        join interlock.nodes j2 on j2.version_id = p_other_id and j2.node_id = j.node_id and j2.join_kind <> 'each'
        join interlock.connections d on d.version_id = p_other_id and d.from_node = f2.node_no and d.to_node = j2.node_no and d.port = c.port
            and d.type = 'MAIN'
        where c.version_id = p_version_id and c.to_node = p_join_node and c.slot = p_slot and c.type = 'MAIN'
        order by d.connection_no limit 1) end
$$;
