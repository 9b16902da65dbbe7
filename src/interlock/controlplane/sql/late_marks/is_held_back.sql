-- late: hold. Returns whether an assignment that is late for the previous visit is still open and can still reach the join.
create function interlock.is_held_back(p_execution_id uuid, p_version_id integer, p_join_node integer, p_visit integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.assignments o
            where o.execution_id = p_execution_id and o.parent_assignment_id is null
                and o.ended_at is null and (o.node_no < p_join_node or o.status <> 'holding'
                    and (o.wait_for is distinct from 'order' or not interlock.stands_behind_join(o.execution_id, o.node_no, o.visit)))
                and interlock.carries_mark(o, p_join_node, p_visit - 1)
                and interlock.reaches_join(p_version_id, o.node_no, p_join_node)));
end $$;
