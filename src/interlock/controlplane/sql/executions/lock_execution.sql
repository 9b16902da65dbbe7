-- Locks one execution and returns it. Caller: every function that an operator calls for one execution.
-- Errors: IL001 execution_not_found, also if it belongs to another workspace.
create function interlock.lock_execution(p_execution_id uuid) returns interlock.executions
language plpgsql set search_path = '' as $$
declare
    v_execution interlock.executions;
begin
    perform interlock.require_read_committed();
    select * into v_execution from interlock.executions e
    where e.id = p_execution_id and e.workspace_id = coalesce(interlock.current_workspace(), e.workspace_id)
    for no key update;
    if not found then
        perform interlock.raise_error('IL001', format('There is no execution %s.', p_execution_id), null,
            'Look up its id with: interlock executions list.');
    end if;
    return v_execution;
end $$;
