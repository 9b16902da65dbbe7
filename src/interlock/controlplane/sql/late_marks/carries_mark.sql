-- Returns whether an assignment is late for a visit of a join: by its own mark, or, while it holds, by the marks of all its tokens.
create function interlock.carries_mark(p_assignment interlock.assignments, p_join_node integer, p_visit integer) returns boolean
language sql stable as $$
    select case when (p_assignment).status = 'holding' then
        not exists (
            select from interlock.tokens t
            where t.execution_id = (p_assignment).execution_id and t.join_node = (p_assignment).node_no and t.visit = (p_assignment).visit
                and (t.late_for ->> p_join_node::text)::integer is distinct from p_visit)
        else coalesce(((p_assignment).late_for ->> p_join_node::text)::integer = p_visit, false)
    end
$$;
