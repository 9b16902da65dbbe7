-- Returns whether a visit of the same node with a lower number is still open.
create function interlock.has_earlier_open_visit(p_execution_id uuid, p_node_no integer, p_visit integer) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from (
                select o.node_no, o.visit, o.parent_assignment_id from interlock.assignments o
                where o.execution_id = p_execution_id and o.ended_at is null offset 0
            ) b
            where b.node_no = p_node_no and b.visit < p_visit and b.parent_assignment_id is null));
end $$;
