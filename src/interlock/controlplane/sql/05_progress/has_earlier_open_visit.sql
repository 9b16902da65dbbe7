-- Whether a visit of the same node with a lower number is still open.
create function interlock.has_earlier_open_visit(p_execution_id uuid, p_node_no integer, p_visit integer) returns boolean language plpgsql stable set search_path = '' as $$
begin
    return (
        select exists (
            select from interlock.assignments b
            where b.execution_id = p_execution_id and b.node_no = p_node_no and b.is_indexed and b.parent_assignment_id is null
                and b.visit < p_visit and b.ended_at is null));
end $$;
