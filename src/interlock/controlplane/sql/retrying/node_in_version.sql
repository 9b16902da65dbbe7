-- Returns the number of the same node in another version; null if it is not there.
create function interlock.node_in_version(p_version_id integer, p_node_no integer, p_other_id integer) returns integer language sql stable as $$
    select case when p_version_id = p_other_id then p_node_no else (
        select o.node_no from interlock.nodes n
        join interlock.nodes o on o.version_id = p_other_id and o.node_id = n.node_id
        where n.version_id = p_version_id and n.node_no = p_node_no) end
$$;
