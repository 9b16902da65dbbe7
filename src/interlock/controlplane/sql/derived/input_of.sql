-- Returns the input of an assignment, derived from the assignment that led to it; never stored.
create function interlock.input_of(p_execution_id uuid, p_assignment_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select case
            when exists (select from interlock.tokens t where t.execution_id = a.execution_id and t.join_node = a.node_no and t.visit = a.visit)
                then (select m.input from interlock.merged_inputs(a.execution_id, a.node_no, a.visit) m)
            when a.previous_assignment_id is not null
                then interlock.output_of(a.execution_id, a.previous_assignment_id)
            else (select e.input from interlock.executions e where e.id = a.execution_id)
        end
        from interlock.assignments a
        where a.execution_id = p_execution_id and a.id = p_assignment_id);
end $$;
