-- Returns the output of an assignment: its own, or that of the assignment whose output it passes on, or the execution's input if that one is the trigger.
create function interlock.output_of(p_execution_id uuid, p_assignment_id uuid) returns jsonb language plpgsql stable set search_path = '' as $$
begin
    return (
        select coalesce(
            a.output,
            (select s.output from interlock.assignments s
             where s.execution_id = coalesce(a.source_execution_id, a.execution_id) and s.id = a.source_id),
            (select e.input from interlock.executions e where e.id = coalesce(a.source_execution_id, a.execution_id)))
        from interlock.assignments a
        where a.execution_id = p_execution_id and a.id = p_assignment_id);
end $$;
