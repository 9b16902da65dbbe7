-- Locks one execution and gives it back. Caller: the functions of this folder. Errors: IL001.
create function interlock.lock_execution(p_execution_id uuid) returns interlock.executions
language plpgsql set search_path = '' as $$
declare
    v_execution interlock.executions;
begin
    perform interlock.require_read_committed();
    select * into v_execution from interlock.executions e where e.id = p_execution_id for no key update;
    if not found then
        perform interlock.raise_error('IL001', format('There is no execution %s.', p_execution_id));
    end if;
    return v_execution;
end $$;
