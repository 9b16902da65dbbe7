-- Returns whether a node can still bring a token to a join without passing it; with p_visit, to a slot that this visit of it already has.
create function interlock.reaches_join(
    p_version_id integer, p_node_no integer, p_join_node integer, p_execution_id uuid default null, p_visit integer default null
) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.reaches r
            where r.version_id = p_version_id and r.join_node = p_join_node and r.to_node >= p_node_no and r.from_node = (
                select max(m.from_node) from interlock.reaches m
                where m.version_id = p_version_id and m.join_node = p_join_node and m.from_node <= p_node_no)
                and (p_visit is null or exists (
                    select from interlock.tokens t
                    where t.execution_id = p_execution_id and t.join_node = p_join_node and t.visit = p_visit
                        and t.slot between r.from_slot and r.to_slot))));
end $$;
